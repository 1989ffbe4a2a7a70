"""Why a program has no solution: rows that contradict one another."""
