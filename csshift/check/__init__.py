"""Scoring any roster: violations and penalties by rule, without program or solver."""
