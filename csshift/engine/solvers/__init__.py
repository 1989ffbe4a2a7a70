"""One port to each solver of OR-Tools."""
