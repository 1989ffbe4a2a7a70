"""Parameters of the relaxation of the whole program, and of the cuts that tighten it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from csshift.engine.parameter_set import ABOVE, COUNT, POSITIVE, SHARE, Params, param


@dataclass(frozen=True)
class RelaxationParams(Params):
    """The linear relaxation.

    Parameters
    ----------
    budget_share, left_share : float
        Shares of the time budget and of the time left that the first relaxation may take.
    entries_per_second : float
        It is left out where there are more matrix entries for each of these seconds.
    tolerance : float
        Relative tolerance of the first relaxation.
    rough, refinement, refinements : float, float, int
        Relative distance of its objective and bound above which it is solved again, the factor
        of the tolerance then, and how often.
    tightening : tuple of (float, float)
        Tolerances of later relaxations that raise the bound, and shares of the time left.
    tighten_after : float
        Those begin this many times the duration of the first relaxation after the construction.
    tighten_latest : float
        Share of the time left after which they begin at the latest.
    simplex_entries, warm_simplex_entries : int
        Matrix entries up to which the simplex method is used; the second holds where a start
        is known, which only the first-order method can use.
    dual_batch_columns : int
        Columns of the agents whose duals are tightened together: more take longer in sum.
    max_entries, sample_entries : int
        Matrix entries above which samples of the agents are solved instead of the whole, and
        entries of a sample, about.
    sample_tolerance : float
        Relative tolerance of the relaxation of a sample.
    sample_share : float
        Share of the time left that the first samples may take.
    sample_patience : int
        Further samples without a higher bound after which no more are drawn.
    fitting_rounds : int
        How often flows are fitted to what samples say leaves and arrives.
    """

    budget_share: float = param(0.35, SHARE)
    left_share: float = param(0.5, SHARE)
    entries_per_second: float = param(200_000.0, ABOVE)
    tolerance: float = param(3e-3, ABOVE)
    rough: float = param(0.1, ABOVE)
    refinement: float = param(0.3, SHARE)
    refinements: int = param(2, COUNT)
    tightening: tuple[tuple[float, float], ...] = param(((1e-4, 0.5), (1e-6, 0.3)), SHARE)
    tighten_after: float = param(8.0, ABOVE)
    tighten_latest: float = param(0.4, SHARE)
    simplex_entries: int = param(60_000, COUNT)
    warm_simplex_entries: int = param(10_000, COUNT)
    dual_batch_columns: int = param(2000, POSITIVE)
    max_entries: int = param(6_000_000, COUNT)
    sample_entries: int = param(1_000_000, POSITIVE)
    sample_tolerance: float = param(5e-3, ABOVE)
    sample_share: float = param(0.12, SHARE)
    sample_patience: int = param(3, COUNT)
    fitting_rounds: int = param(5, POSITIVE)


@dataclass(frozen=True)
class CutParams(Params):
    """Cuts that tighten the relaxation.

    Parameters
    ----------
    max_entries : int
        Matrix entries up to which cuts are tried.
    budget_share, budget_share_alone : float
        Share of the time left that flow cuts may take beside the improvement, and that each kind
        of cut may take before the improvement of a single worker.
    first_share, later_share : float
        Share of the time left for aggregation cuts beside the improvement: before days are priced
        apart from agents, and once that no longer raises the bound.
    round_seconds : float
        Expected duration of a round, as a multiple of that of the relaxation by the simplex
        method. Where there is no time for one, no cuts are tried.
    entries_in_second, exponent : float
        Matrix entries for which the first round takes a second where the relaxation comes from the
        first-order method, and the power of their number with which it grows.
    overrun : float
        How many times as long as it ever took a relaxation may take after the end of a turn.
    rounds : int
        How often violated cuts are added, at most.
    few_cuts : float
        Part of the cuts of the first round; where fewer are violated, there are no further rounds.
    min_gain : float
        Rise of the bound by a round, relative to it, that counts as little.
    patience : int
        Rounds in a row that raise the bound by little before the last one.
    reproducible_rounds : float
        Rounds of each kind of cut for each second of a reproducible search, at most.
    worthwhile_share : float
        Part of the gap that cuts must promise to close in the time left, at their pace of late.
    pace_share, pace_rounds : float, int
        Share of the time, and number of rounds, at least, over which that pace is measured.
    slack_share : float
        Cuts that do not bind are removed once they are this part of all cuts.
    worthwhile_gain : float
        Relative rise of the bound for which flow cuts become rows of the program, and aggregation
        cuts guide the improvement.
    aggregations : int
        Rows that are added to a row, at most.
    efficacy : float
        Least distance of the values from an aggregation cut.
    most_rounds_skipped : int
        Rounds in which a row that led to no cut is not tried again: one more each time, up to this.
    tableau_rows, tableau_columns : int
        Rows of the relaxation up to which Gomory cuts are tried, and columns of the rows that are
        added up for one.
    dense_cuts : int
        Of the sums with the fewest columns, so many are tried although they have more.
    tableau_efficacy : float
        Least distance of the values from a Gomory cut.
    joining_gain : float
        Relative rise of the bound by a round of aggregation cuts below which Gomory cuts join them.
    tableau_patience : int
        As `patience`, for Gomory cuts, which often gain after rounds that do not.
    violation, first_violation : float
        Least violation of a flow cut, as a part of what its flow can be at most. The first round
        also takes those that are nearly violated, since others would violate them next.
    """

    max_entries: int = param(300_000, COUNT)
    budget_share: float = param(0.2, SHARE)
    budget_share_alone: float = param(0.1, SHARE)
    first_share: float = param(0.08, SHARE)
    later_share: float = param(0.6, SHARE)
    round_seconds: float = param(1.0, ABOVE)
    entries_in_second: float = param(36_000.0, ABOVE)
    exponent: float = param(2.4, ABOVE)
    overrun: float = param(2.0, (1.0, math.inf))
    rounds: int = param(200, COUNT)
    few_cuts: float = param(0.02, SHARE)
    min_gain: float = param(3e-4, ABOVE)
    patience: int = param(2, COUNT)
    reproducible_rounds: float = param(0.3, ABOVE)
    worthwhile_share: float = param(0.02, SHARE)
    pace_share: float = param(0.05, SHARE)
    pace_rounds: int = param(3, POSITIVE)
    slack_share: float = param(0.3, SHARE)
    worthwhile_gain: float = param(0.05, ABOVE)
    aggregations: int = param(6, COUNT)
    efficacy: float = param(1e-3, (-math.inf, math.inf))
    most_rounds_skipped: int = param(6, COUNT)
    tableau_rows: int = param(20_000, COUNT)
    tableau_columns: int = param(2500, COUNT)
    dense_cuts: int = param(50, COUNT)
    tableau_efficacy: float = param(1e-5, (-math.inf, math.inf))
    joining_gain: float = param(0.01, ABOVE)
    tableau_patience: int = param(6, COUNT)
    violation: float = param(1e-3, SHARE)
    first_violation: float = param(-0.05, (-1.0, 1.0))
