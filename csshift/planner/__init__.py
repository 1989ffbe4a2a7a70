"""The face of csshift: solve and check."""
