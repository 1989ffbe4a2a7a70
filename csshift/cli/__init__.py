"""The command line; no other room knows of a terminal."""
