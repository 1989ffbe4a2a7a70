"""A finished roster against its forecast: what customers would meet, contact by contact."""

from csshift.simulation.outcome import Estimate, Outcome, OutcomeRow
from csshift.simulation.replications import run_replications

__all__ = ["Estimate", "Outcome", "OutcomeRow", "run_replications"]
