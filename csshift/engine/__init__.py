"""Relaxes, constructs, improves and proves; knows the program alone."""
