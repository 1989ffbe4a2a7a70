"""Rules: one file each, with its fields, its rows and its solver-free check."""
