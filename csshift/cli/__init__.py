"""The command line; nothing else knows that a terminal exists."""
