"""Days apart from agents: groups, prices of a day, the decomposition, and its pattern program."""
