"""Benders decomposition: recourse as cuts on the decisions."""
