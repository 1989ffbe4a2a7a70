"""Scoring any roster: violations and penalties by rule, without program or solver."""

from csshift.scoring.judging import score

__all__ = ["score"]
