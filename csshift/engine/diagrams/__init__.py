"""Decision diagrams: all solutions of a small program, day by day."""
