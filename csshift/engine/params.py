"""The parameters of the search: one tree of frozen dataclasses.

Every number that tunes the search stands here, with its unit. What a proof depends on, such as
the grid on which dual values are rounded, is a constant where the proof is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from csshift.engine.generation_params import ColumnGenerationParams, DayParams
from csshift.engine.parameter_set import ABOVE, COUNT, POSITIVE, SHARE, Params, param
from csshift.engine.relaxation_params import CutParams, RelaxationParams


@dataclass(frozen=True)
class RollingParams(Params):
    """The rolling horizon on which one agent's long schedule is built.

    Parameters
    ----------
    lengths : tuple of int
        Days searched at once; each is tried where the ones before led to dead ends.
    overlap_days : int
        Days searched again together with the next ones.
    slack_factor, max_slack : int
        The slack of rows that reach far ahead, in columns, grows by this factor up to this much
        before more days are searched at once.
    backtracks : int
        How often the days before a dead end are searched together with it.
    """

    lengths: tuple[int, ...] = param((42, 70, 98), POSITIVE)
    overlap_days: int = param(14, COUNT)
    slack_factor: int = param(3, (2, math.inf))
    max_slack: int = param(9, POSITIVE)
    backtracks: int = param(3, COUNT)


@dataclass(frozen=True)
class ConstructionParams(Params):
    """The first complete solution, and the repair of infeasible decisions.

    Parameters
    ----------
    passes : int
        How often every agent decides, at most.
    first_share, later_share, evaluation_share : float
        Shares of the time left for a part of the first pass, for all passes, and for the best
        recourse after a pass.
    idle_columns_per_second : float
        More decisions than this for each second: the search begins with everybody idle.
    attempt_share : float
        Share of the time left for each attempt after failures.
    full_program_entries : int
        Matrix entries up to which one of these searches the whole program, with its recourse.
    min_improvement : float
        Relative improvement by a pass for which another one is tried.
    repeat_share, repeat_seconds : float
        Share of the time left that a pass takes, and seconds for each of its agents, above which
        no other one is tried: the improvement gains more in the same time.
    agent_seconds, long_agent_seconds : float
        Limits for one agent's program, on a short and on a long horizon.
    unguided_gap, long_agent_gap : float
        Relative gap at which it may end without a relaxation, and on a long horizon.
    parallel_agents : int
        Agents for each worker from which several decide at once.
    long_days : int
        Days above which an agent decides along a rolling horizon.
    min_row_weight : float
        Weight of a tracked row without a price, relative to the mean.
    repair_share, repair_gap : float
        Share of the time left for repairing only agents in broken rows; relative gap to end at.
    rolling : RollingParams
    """

    passes: int = param(8, POSITIVE)
    first_share: float = param(0.5, SHARE)
    later_share: float = param(0.4, SHARE)
    evaluation_share: float = param(0.8, SHARE)
    idle_columns_per_second: float = param(1000.0, ABOVE)
    unguided_gap: float = param(0.02, SHARE)
    attempt_share: float = param(0.5, SHARE)
    full_program_entries: int = param(2_000_000, COUNT)
    min_improvement: float = param(0.1, SHARE)
    repeat_share: float = param(0.1, SHARE)
    repeat_seconds: float = param(0.5, ABOVE)
    agent_seconds: float = param(2.0, ABOVE)
    long_agent_seconds: float = param(30.0, ABOVE)
    long_agent_gap: float = param(0.05, SHARE)
    parallel_agents: int = param(100, COUNT)
    long_days: int = param(84, COUNT)
    min_row_weight: float = param(0.1, ABOVE)
    repair_share: float = param(0.5, SHARE)
    repair_gap: float = param(0.5, SHARE)
    rolling: RollingParams = RollingParams()


@dataclass(frozen=True)
class BranchAndBoundParams(Params):
    """Branch and bound with SCIP on a whole program without cuts.

    Parameters
    ----------
    budget_share, max_seconds : float
        Share of the time left, and seconds, at most.
    """

    budget_share: float = param(0.1, SHARE)
    max_seconds: float = param(30.0, ABOVE)


@dataclass(frozen=True)
class BendersParams(Params):
    """Benders decomposition: recourse blocks as cuts.

    Parameters
    ----------
    max_columns : int
        Decisions up to which the whole program is solved by cuts.
    turn_share : float
        Share of the time for that before the improvement has its first turn.
    max_cuts : int
        Cuts kept for each recourse block; the oldest are dropped.
    batch_columns : int
        Columns of the recourse blocks that are solved as one linear program.
    max_recourse_columns : int
        Columns of the touched blocks above which a neighbourhood frees only the nearest of them.
    direct_columns : int
        Columns up to which a block of integers stays in the program instead of becoming cuts.
    resolution : float
        Costs of a master are rounded to this many units of the largest one.
    first_resolution, resolution_factor, last_resolution : float
        The same on the whole program: coarse costs are solved fast, fine ones lose less of the
        bound.
    reproducible_seconds : float
        Deterministic limit of one resolution in a reproducible search.
    """

    max_columns: int = param(700, COUNT)
    turn_share: float = param(0.08, SHARE)
    max_cuts: int = param(40, POSITIVE)
    batch_columns: int = param(6000, POSITIVE)
    max_recourse_columns: int = param(700_000, COUNT)
    direct_columns: int = param(8, COUNT)
    resolution: float = param(1e6, (10.0, 1e12))
    first_resolution: float = param(1e4, (10.0, 1e12))
    resolution_factor: float = param(10.0, (1.1, math.inf))
    last_resolution: float = param(1e9, (10.0, 1e12))
    reproducible_seconds: float = param(20.0, ABOVE)


@dataclass(frozen=True)
class ReferenceParams(Params):
    """The proximity reference: relaxed values near the incumbent.

    Parameters
    ----------
    distance_price : float
        Price of changing every decision, in gaps between objective and bound.
    cheaper : float
        Factor of that price where the reference does not differ from the incumbent.
    weight_spread : float
        Standard deviation of the logarithms of distance weights after values of no use.
    deviation : float
        Difference from the incumbent that counts as one.
    tolerance_range : tuple of (float, float)
        Relative tolerance of the relaxation.
    gap_part, min_gap_part : float
        Tolerance as a part of the gap; halved after values of no use, down to the second.
    patience, max_patience : float
        Limit relative to the quickest relaxation so far; doubled while none converges, up to
        the second.
    quick_seconds : float
        Seconds that count as quick.
    pause, max_pause : float
        Pause after values of no use relative to their time; doubled each time, up to the second.
    """

    distance_price: float = param(2.0, ABOVE)
    cheaper: float = param(0.25, SHARE)
    weight_spread: float = param(0.7, ABOVE)
    deviation: float = param(0.1, SHARE)
    tolerance_range: tuple[float, float] = param((1e-5, 1e-3), SHARE)
    gap_part: float = param(0.1, SHARE)
    min_gap_part: float = param(0.0125, SHARE)
    patience: float = param(2.0, ABOVE)
    max_patience: float = param(8.0, ABOVE)
    quick_seconds: float = param(1.0, ABOVE)
    pause: float = param(0.25, ABOVE)
    max_pause: float = param(4.0, ABOVE)


@dataclass(frozen=True)
class LnsParams(Params):
    """Large-neighbourhood search.

    Parameters
    ----------
    target_seconds, max_seconds : float
        Time that a step should take, and its limit.
    patience : int
        Steps with little gain after which larger subproblems are tried.
    little_gain : float
        Gain that counts as none, as a part of the distance to the bound.
    growth, max_growth : float
        Factor by which target and limit grow each time, and at most.
    decay : float
        Weight of the past in an operator's gain a second.
    operator_floor, subsolver_floor : float
        Least probability of a neighbourhood and of a subsolver, relative to an even chance.
    min_size : float
        Smallest size of a neighbourhood, in agents times horizon.
    reference_effort, reference_share : float
        Effort of a step that follows a new reference: so many times the usual one, or this part
        of the seconds that the reference took.
    team_effort : float
        Effort of a step that relaxes a team first.
    subproblem_gap, max_subproblem_gap : float
        Gap at which a subproblem is solved, as a part of the whole gap, and at most.
    cut_rounds : int
        How often a subproblem is solved while new cuts show that the old ones misled it.
    max_unit_parts : int
        Parts of what one decision adds that still count as whole units.
    avoidable_gap : float
        Gap up to which gap shares say more than costs.
    team_size, team_seconds, team_distance_price : float
        Agents relaxed together, relative to those that other neighbourhoods free; limit of their
        relaxation; price of their changes, relative to that of the reference.
    reproducible_steps : float
        Steps of a reproducible search for each second of its limit: few enough to finish all.
    reference : ReferenceParams
    """

    target_seconds: float = param(0.5, ABOVE)
    max_seconds: float = param(1.2, ABOVE)
    patience: int = param(24, POSITIVE)
    little_gain: float = param(0.001, SHARE)
    growth: float = param(1.3, POSITIVE)
    max_growth: float = param(10.0, POSITIVE)
    decay: float = param(0.9, SHARE)
    operator_floor: float = param(0.42, SHARE)
    subsolver_floor: float = param(0.15, SHARE)
    min_size: float = param(0.25, ABOVE)
    reference_effort: float = param(3.0, ABOVE)
    reference_share: float = param(0.5, ABOVE)
    team_effort: float = param(4.0, ABOVE)
    subproblem_gap: float = param(0.01, SHARE)
    max_subproblem_gap: float = param(1e-3, SHARE)
    cut_rounds: int = param(3, POSITIVE)
    max_unit_parts: int = param(4, POSITIVE)
    avoidable_gap: float = param(0.1, SHARE)
    team_size: float = param(8.0, ABOVE)
    team_seconds: float = param(3.0, ABOVE)
    team_distance_price: float = param(0.05, ABOVE)
    reproducible_steps: float = param(0.5, ABOVE)
    reference: ReferenceParams = ReferenceParams()


@dataclass(frozen=True)
class AnnealingParams(Params):
    """Simulated annealing over the schedules of agents.

    Parameters
    ----------
    max_columns, max_options, max_nodes : int
        Decisions, choices of one agent on one day, and nodes of an agent's diagram up to which it
        is tried.
    min_gap : float
        Gap up to which the rest is left to exact methods.
    prepare_share : float
        Share of the time after which describing the schedules is given up.
    wait_seconds : float
        Seconds that a search waits for schedules and compiled steps before it goes on without.
    first_share, growth, last_share : float
        Share of the time for the first cycle, its growth from cycle to cycle, and its limit.
    first_turn, min_turn, max_turn : float
        Time of other improvements after a cycle, relative to that of the cycle: of the first one
        and where neither gains, at least and at most.
    hottest, typical, cooling : float
        First temperature, relative to this quantile of the differences that changing one choice
        makes, at its largest so far; last temperature relative to that at the present quantile.
    several_agents, most_agents : float, int
        Part of the steps that change several agents at once, and how many at most.
    days : float
        Mean number of days of a step.
    steps_at_once : int
        Steps between two looks at the clock.
    cycle_parts : int
        Parts of a cycle, at least: each has its own temperature, and may end with exact prices.
    learning_pause : int
        How many times as many there are between two looks at whether prices are exact, at most.
    steps_per_decision : float
        Steps of the first cycle for each decision, at most; later ones grow as their time does.
    offer_seconds : float
        Seconds between two offers of the best choices.
    reproducible_steps : float
        Steps of a reproducible search for each second.
    """

    max_columns: int = param(20_000, COUNT)
    max_options: int = param(256, POSITIVE)
    max_nodes: int = param(60_000, COUNT)
    min_gap: float = param(1e-3, SHARE)
    prepare_share: float = param(0.3, SHARE)
    wait_seconds: float = param(1.0, ABOVE)
    first_share: float = param(0.05, SHARE)
    growth: float = param(3.0, POSITIVE)
    last_share: float = param(0.4, SHARE)
    first_turn: float = param(0.3, ABOVE)
    min_turn: float = param(0.1, ABOVE)
    max_turn: float = param(5.0, ABOVE)
    hottest: float = param(0.15, ABOVE)
    typical: float = param(0.25, SHARE)
    cooling: float = param(0.07, SHARE)
    several_agents: float = param(0.7, SHARE)
    most_agents: int = param(3, (2, math.inf))
    days: float = param(7.0, ABOVE)
    steps_at_once: int = param(4000, POSITIVE)
    cycle_parts: int = param(100, POSITIVE)
    learning_pause: int = param(4, POSITIVE)
    steps_per_decision: float = param(400.0, POSITIVE)
    offer_seconds: float = param(0.5, ABOVE)
    reproducible_steps: float = param(5000.0, ABOVE)


@dataclass(frozen=True)
class DescentParams(Params):
    """Coordinate descent over the agents of a program that is too large for its relaxation.

    Parameters
    ----------
    weights : tuple of float
        Weight, pass by pass, of what a schedule costs more than the best at the relaxation's
        prices.
    prepare_share : float
        Share of the time left after which no more schedules are described; agents without keep
        theirs.
    sample_share : float
        Share of the time left that a sample should take.
    sample_patience : float
        How many times as long it may take, unless it is the first one.
    sample_entries : int
        Matrix entries of a sample, at most: the solver takes half a kilobyte for each.
    patience : int
        Descents in a row, along other prices, without a better roster or bound before the last one.
    splitting_share : float
        Share of the time left that splitting hours between queues may take.
    max_nodes : int
        Nodes of an agent's diagram, at most.
    """

    weights: tuple[float, ...] = param((100.0, 30.0, 10.0, 3.0), ABOVE)
    prepare_share: float = param(0.3, SHARE)
    sample_share: float = param(0.5, SHARE)
    sample_patience: float = param(1.5, POSITIVE)
    sample_entries: int = param(1_800_000, COUNT)
    patience: int = param(3, COUNT)
    splitting_share: float = param(0.2, SHARE)
    max_nodes: int = param(60_000, COUNT)


@dataclass(frozen=True)
class SearchParams(Params):
    """All parameters of the search, and switches for its stages.

    Parameters
    ----------
    construct, branch, decompose, branch_and_price, strengthen, price_days : bool
        Whether to construct a first solution along the relaxation, run branch and bound on the
        whole program, generate columns, branch on lists of them, add cuts to the program, and
        price days apart from agents.
    anneal, descend, improve, tighten : bool
        Whether to anneal schedules, let agents decide in turn where the relaxation is sampled,
        improve by large-neighbourhood search, and tighten the bound by more exact relaxations.
    relaxation : RelaxationParams
    cuts : CutParams
    construction : ConstructionParams
    branch_and_bound : BranchAndBoundParams
    benders : BendersParams
    column_generation : ColumnGenerationParams
    days : DayParams
    annealing : AnnealingParams
    descent : DescentParams
    lns : LnsParams
    """

    construct: bool = True
    branch: bool = True
    decompose: bool = True
    branch_and_price: bool = True
    strengthen: bool = True
    price_days: bool = True
    anneal: bool = True
    descend: bool = True
    improve: bool = True
    tighten: bool = True
    relaxation: RelaxationParams = RelaxationParams()
    cuts: CutParams = CutParams()
    construction: ConstructionParams = ConstructionParams()
    branch_and_bound: BranchAndBoundParams = BranchAndBoundParams()
    benders: BendersParams = BendersParams()
    column_generation: ColumnGenerationParams = ColumnGenerationParams()
    days: DayParams = DayParams()
    annealing: AnnealingParams = AnnealingParams()
    descent: DescentParams = DescentParams()
    lns: LnsParams = LnsParams()
