"""Workbooks: a problem as one file of sheets, and rosters that were made by hand."""
