"""From a problem to its integer program."""
