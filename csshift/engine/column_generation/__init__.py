"""Dantzig-Wolfe decomposition by agent."""
