"""Whole agents in whole intervals: recourse as a transport problem, and a search that uses it."""
