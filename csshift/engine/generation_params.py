"""The parameters of column generation: by agent, on windows, and of days apart from agents."""

from __future__ import annotations

import math
from dataclasses import dataclass

from csshift.engine.parameter_set import ABOVE, COUNT, POSITIVE, SHARE, Params, param


@dataclass(frozen=True)
class DiveParams(Params):
    """Diving with re-pricing: from fractional schedules to one for each agent.

    Parameters
    ----------
    fix_at : float
        Weight of the schedules that agree on a day of an agent at which that day is fixed.
    min_step, max_step : float
        Shares of the open days fixed in one step, at least and at most.
    harmful_rise : float
        Relative rise of the master above which only one of the days fixed in a step stays fixed.
    candidates : int
        Days of which the least harmful one then is chosen.
    min_gain : float
        Relative fall of the master that counts as a gain.
    rise : float
        Relative rise of the master for which another pricing round is worth its time.
    rounds, idle_rounds : int
        Pricing rounds after a step at most, and those in a row that may gain nothing.
    late : float
        Columns left, relative to those of the exact search, up to which that is tried where
        whatever is fixed harms, or the master is no better than the best solution.
    retreats, retreat_noise : int, float
        How often days are freed again where whatever is fixed harms, at most; noise from then on.
    schedules : int
        Schedules of an agent at the beginning; twice as many are kept.
    """

    fix_at: float = param(0.95, SHARE)
    min_step: float = param(0.02, SHARE)
    max_step: float = param(0.15, SHARE)
    harmful_rise: float = param(0.003, ABOVE)
    candidates: int = param(6, POSITIVE)
    min_gain: float = param(1e-4, ABOVE)
    rise: float = param(5e-4, ABOVE)
    rounds: int = param(20, COUNT)
    idle_rounds: int = param(4, COUNT)
    late: float = param(2.5, POSITIVE)
    retreats: int = param(3, COUNT)
    retreat_noise: float = param(0.1, ABOVE)
    schedules: int = param(50, POSITIVE)


@dataclass(frozen=True)
class DiagramParams(Params):
    """Pricing by decision diagrams.

    Parameters
    ----------
    enabled : bool
        Whether diagrams are tried; CP-SAT prices all agents otherwise.
    max_nodes : int
        Nodes of one agent's diagram; CP-SAT prices agents with larger ones.
    max_options : int
        Choices of one agent on one day, at most.
    compile_share : float
        Share of the time left after which no more diagrams are compiled.
    failure_share : float
        The same for diagrams that turn out too large.
    paths : int
        Schedules of one agent taken from one pricing, at most.
    """

    enabled: bool = True
    max_nodes: int = param(600_000, COUNT)
    max_options: int = param(256, POSITIVE)
    compile_share: float = param(0.1, SHARE)
    failure_share: float = param(0.005, SHARE)
    paths: int = param(4, POSITIVE)


@dataclass(frozen=True)
class WindowParams(Params):
    """Column generation on windows of days.

    Parameters
    ----------
    first_days, min_days : float
        Length of the first window, and of the shortest.
    min_seconds, max_seconds : float
        A window that takes less grows, one that takes more shrinks.
    growth, shrinkage : float
        Factors of the length.
    generation_share : float
        Share of `max_seconds` for generating columns.
    own_row_days : int
        Rows of one agent whose first and last day are so far apart link agents, or diagrams would
        be too large.
    improvement_share : float
        Share of the time left that the improvement may take before the first window.
    improvement_decline : float
        The windows begin once it gains at most this part of what it gained a second at best.
    max_turn : float
        Time of the improvement after a window at most, relative to the time of that.
    finish_columns, finish_seconds : float
        Linked columns of the last days of a dive, which are searched exactly, at first; and the
        limit of that search.
    dive : DiveParams
    """

    first_days: float = param(14.0, POSITIVE)
    min_days: float = param(7.0, POSITIVE)
    min_seconds: float = param(4.0, ABOVE)
    max_seconds: float = param(10.0, ABOVE)
    growth: float = param(1.1, POSITIVE)
    shrinkage: float = param(0.9, (0.1, 1.0))
    generation_share: float = param(0.6, SHARE)
    own_row_days: int = param(14, POSITIVE)
    improvement_share: float = param(0.5, SHARE)
    improvement_decline: float = param(0.02, SHARE)
    max_turn: float = param(10.0, ABOVE)
    finish_columns: float = param(3000.0, ABOVE)
    finish_seconds: float = param(2.0, ABOVE)
    dive: DiveParams = DiveParams(fix_at=0.9, min_step=0.05, harmful_rise=0.01)


@dataclass(frozen=True)
class BranchingParams(Params):
    """Branch and price over listed schedules.

    Parameters
    ----------
    schedules : int
        Schedules of all agents that are listed, at most.
    few_schedules : int
        So many or fewer are searched quickly: the next target is further from the bound.
    list_share : float
        Share of the time left for listing them.
    first_turn_share, turn_share : float
        Share of the time left for a turn: before the first dive beside the improvement, where
        several workers search, and for any other.
    candidates : int
        Branches of a node that are tried, at most.
    first, added : int
        Schedules of one agent that the master knows at first, the best ones, and that it learns
        at once, at most.
    mixed : int
        Schedules in the master for each agent, on average at most: half as many are kept then.
    unknown_gain : float
        What a branch promises that was never tried.
    tolerance : float
        Weights and reduced costs up to which count as none.
    """

    schedules: int = param(1_500_000, POSITIVE)
    few_schedules: int = param(15_000, COUNT)
    list_share: float = param(0.02, SHARE)
    first_turn_share: float = param(0.3, SHARE)
    turn_share: float = param(0.1, SHARE)
    candidates: int = param(6, POSITIVE)
    first: int = param(100, POSITIVE)
    added: int = param(30, POSITIVE)
    mixed: int = param(130, (2, math.inf))
    unknown_gain: float = param(0.5, ABOVE)
    tolerance: float = param(1e-6, ABOVE)


@dataclass(frozen=True)
class ColumnGenerationParams(Params):
    """Dantzig-Wolfe decomposition by agent.

    Parameters
    ----------
    min_gap : float
        Gap from which on columns are generated.
    budget_share : float
        Share of the time left that generating may take.
    min_rounds : int
        Pricing rounds that must fit into that share; otherwise windows are decomposed.
    smoothing, dive_smoothing : float
        Weight of the best known duals against those of the master (Wentges smoothing); of the
        last ones in a dive.
    close_gap : float
        Relative distance of master and bound at which the columns are good enough.
    idle_rounds, min_move : int, float
        Rounds in a row without a move after which generation ends; relative move of master or
        bound that counts as one.
    max_rounds, max_schedules : int
        Pricing rounds, and schedules kept for one agent, at most.
    pricing_seconds : float
        Limit of pricing one agent.
    finish_seconds, finish_share : float
        Limit of the exact search for the last days of a dive, also as a share of the time left.
    finish_columns : (float, float)
        Linked columns of those days at first, and at most; they become more while the search ends
        in half of its limit, and fewer when it does not end.
    finish_growth : float
        Factor by which.
    full_dive_every : int
        Every so many dives one decides for all agents again.
    free_share_range, free_share_growth : tuple of (float, float), float
        Share of the agents for whom the other dives decide: it grows after dives without gain,
        or shrinks after long ones.
    max_dive_seconds : float
        Seconds above which a dive counts as long.
    noise : float
        Standard deviation of the noise on weights in every dive after the first.
    first_turn, min_turn, max_turn : float
        Time of the improvement after a dive or window, relative to the time of that.
    min_turn_seconds : float
        Shortest turn of the improvement.
    dive : DiveParams
    windows : WindowParams
    diagrams : DiagramParams
    branching : BranchingParams
    """

    min_gap: float = param(0.0001, SHARE)
    budget_share: float = param(0.4, SHARE)
    min_rounds: int = param(50, POSITIVE)
    smoothing: float = param(0.7, SHARE)
    dive_smoothing: float = param(0.5, SHARE)
    close_gap: float = param(2e-4, ABOVE)
    idle_rounds: int = param(25, COUNT)
    min_move: float = param(5e-4, ABOVE)
    max_rounds: int = param(500, POSITIVE)
    pricing_seconds: float = param(5.0, ABOVE)
    max_schedules: int = param(150, (2, math.inf))
    full_dive_every: int = param(4, POSITIVE)
    free_share_range: tuple[float, float] = param((0.2, 0.8), SHARE)
    free_share_growth: float = param(1.2, (1.0, math.inf))
    max_dive_seconds: float = param(12.0, ABOVE)
    noise: float = param(0.12, ABOVE)
    finish_seconds: float = param(10.0, ABOVE)
    finish_share: float = param(0.05, SHARE)
    finish_columns: tuple[float, float] = param((600.0, 20_000.0), ABOVE)
    finish_growth: float = param(1.5, (1.0, math.inf))
    first_turn: float = param(1.0, ABOVE)
    min_turn: float = param(0.3, ABOVE)
    max_turn: float = param(3.0, ABOVE)
    min_turn_seconds: float = param(1.0, ABOVE)
    dive: DiveParams = DiveParams()
    windows: WindowParams = WindowParams()
    diagrams: DiagramParams = DiagramParams()
    branching: BranchingParams = BranchingParams()


@dataclass(frozen=True)
class DayParams(Params):
    """Decomposition of days and agents.

    Parameters
    ----------
    max_steps, max_columns : int
        Steps, and decisions up to which it is tried.
    bound_turn_share : float
        Share of the time for a turn at the bound: prices of days, or cuts.
    turns_of_days : int
        Turns of the days after each turn of the cuts while their master falls.
    catching_up_share : float
        Share of the time left in which days must catch up with the bound that is known, to be
        judged by how fast their own rises.
    first_share, patience_share : float
        Shares of the time above which the first prices are given up, and all prices where they
        do not raise the bound.
    promising_share, promising_rise : float
        The first share where several workers search and the first days promise to raise the
        bound by such a part.
    max_vectors, max_bytes : int
        Distributions of one day up to which it is priced by listing them, and memory of the days
        listed so far.
    own_cut_rounds : int
        Rounds of cuts on the agents' own rows after each master, at most.
    box : float
        Distance of prices from the best ones, as a part of them, at first and at least.
    widening : float
        Growth of the box after a step to its edge that raises the bound, or where master and bound
        are near, and its decline after a step that does not raise it.
    near : float
        Relative distance of master and bound that counts as near.
    close : float
        Relative distance at which the decomposition ends.
    smoothing : float
        Weight of the best prices against those of the master.
    evaluations : int
        Distributions evaluated for one price of a day, at most.
    relaxed_evaluations : int
        Relaxed distributions evaluated for one price of a day that is not listed, at most.
    patterns : int
        Distributions of one day kept from one price, at most.
    neighbours : int
        Distributions that differ from the best one of a day in one agent, and are kept with it.
    max_cuts : int
        Rounds of cuts kept for a day that is not listed.
    day_seconds, day_gap, gap_share : float
        Limit of one search for a day that is not listed; its relative gap at least, and as a
        share of the distance between master and bound.
    price_seconds : float
        After so long, a day that is not listed is searched no further at the same prices.
    resolution : float
        Costs of such a search are rounded to this many units of the largest one.
    turn_seconds, improvement_ratio, improving_ratio : float
        Seconds of steps before one worker turns to the improvement; for how many times as long it
        stays there, and for how many times at most while it finds better rosters.
    reproducible_steps : float
        Steps of a reproducible search for each second of its limit.
    idle_steps : int
        Steps in a row without anything new after which it ends.
    most_patterns, few_patterns : int
        Distributions of a day in a pattern program where all that matter can be listed, and
        where they cannot.
    pattern_share, pattern_growth : float
        First share of the time for a turn with a pattern program, and its growth after one without
        gain.
    pattern_patience : int
        Such turns in a row without gain after which there are no more, unless they prove.
    window_share, first_window : float
        Limit of one search for other days of a roster, as a share of the time; their number at
        first, as a share of the horizon.
    window_growth : float
        By how much there are more days after a search that ended early, and fewer after one that
        did not end.
    scattered_share : float
        Share of the searches whose days do not follow each other.
    reproducible_windows : int
        Such searches of a reproducible search.
    """

    max_steps: int = param(1000, COUNT)
    max_columns: int = param(20_000, COUNT)
    turn_seconds: float = param(2.0, ABOVE)
    improvement_ratio: float = param(3.0, ABOVE)
    improving_ratio: float = param(15.0, ABOVE)
    reproducible_steps: float = param(0.2, ABOVE)
    first_share: float = param(0.25, SHARE)
    promising_share: float = param(0.7, SHARE)
    promising_rise: float = param(0.01, ABOVE)
    patience_share: float = param(0.2, SHARE)
    bound_turn_share: float = param(0.05, SHARE)
    turns_of_days: int = param(3, POSITIVE)
    catching_up_share: float = param(0.5, SHARE)
    max_vectors: int = param(40_000_000, COUNT)
    max_bytes: int = param(1 << 29, COUNT)
    own_cut_rounds: int = param(5, COUNT)
    box: float = param(0.1, ABOVE)
    near: float = param(0.03, SHARE)
    widening: float = param(1.5, (1.0, math.inf))
    close: float = param(5e-4, ABOVE)
    smoothing: float = param(0.6, SHARE)
    evaluations: int = param(20, COUNT)
    relaxed_evaluations: int = param(60, COUNT)
    patterns: int = param(4, POSITIVE)
    neighbours: int = param(20, COUNT)
    max_cuts: int = param(20, POSITIVE)
    day_seconds: float = param(2.0, ABOVE)
    day_gap: float = param(1e-3, SHARE)
    gap_share: float = param(0.1, SHARE)
    price_seconds: float = param(3.0, ABOVE)
    resolution: float = param(1e6, (10.0, 1e12))
    idle_steps: int = param(4, COUNT)
    most_patterns: int = param(2000, POSITIVE)
    few_patterns: int = param(300, POSITIVE)
    pattern_share: float = param(0.08, SHARE)
    pattern_growth: float = param(1.5, POSITIVE)
    pattern_patience: int = param(2, POSITIVE)
    window_share: float = param(0.03, SHARE)
    first_window: float = param(0.5, SHARE)
    window_growth: float = param(1.2, (1.0, math.inf))
    scattered_share: float = param(0.3, SHARE)
    reproducible_windows: int = param(8, COUNT)
