"""The search for good solutions of a program, and the proof of how good they are."""
