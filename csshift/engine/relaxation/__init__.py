"""The relaxation of the whole program, or of samples of its agents."""
