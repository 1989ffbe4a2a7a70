"""Imports counts and reception figures from files of other systems; reports every row left out."""
