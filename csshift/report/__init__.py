"""Reports of a result: terminal, HTML, Excel, calendars, charts."""
