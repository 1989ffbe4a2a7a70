"""Measurements of csshift: ``python -m benchmarks SUITE`` (see README.md)."""
