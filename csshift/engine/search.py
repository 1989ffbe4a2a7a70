"""The course of a search: relax, construct, solve small programs exactly, improve.

Every stage gets its part of one time budget and can be switched off by the parameters.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from functools import partial

import numpy as np

from csshift.engine.annealing.annealing import Annealing
from csshift.engine.benders.master import solve_benders
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.column_generation.decomposition import Decomposition
from csshift.engine.column_generation.windows import WindowDecomposition
from csshift.engine.construction.first_solution import FirstSolution
from csshift.engine.construction.idle import IDLE_STAGE, idle_solution
from csshift.engine.cuts.strengthening import Strengthened, Strengthening
from csshift.engine.duals import GapShares
from csshift.engine.incumbent import Event, Incumbent
from csshift.engine.lns.alternation import Alternation
from csshift.engine.lns.improvement import LargeNeighbourhoodSearch
from csshift.engine.lns.reference import ProximityReference, Reference
from csshift.engine.lns.subsolvers import in_whole_units
from csshift.engine.params import SearchParams
from csshift.engine.proving import Proving, solve_whole
from csshift.engine.relaxation.repeated import relax_repeatedly
from csshift.engine.solvers.cpsat import Limits
from csshift.engine.solvers.lp import Relaxation, tighten_duals
from csshift.engine.structure import LinkingRows, Structure
from csshift.engine.subproblem import Subproblem
from csshift.engine.transport.sampled_search import SampledSearch
from csshift.program import Floats, Integers, Program

logger = logging.getLogger(__name__)


class Search:
    """One search for the best solution of a program.

    Parameters
    ----------
    gap : float
        Relative gap at which to end.
    on_event : callable or None
        Called with every improvement.
    start : int64 array, shape (program.columns,), or None
        Values to begin with; only decisions matter, their recourse is computed.
    """

    def __init__(
        self,
        program: Program,
        budget: Budget,
        *,
        gap: float = 0.0,
        params: SearchParams | None = None,
        on_event: Callable[[Event], None] | None = None,
        start: Integers | None = None,
    ) -> None:
        self.budget = budget
        self.params = params or SearchParams()
        self._formulate(program)
        self.recourse = self.blocks
        """Of the program as it was given, without cuts."""
        self.incumbent = Incumbent(program, budget, gap, on_event)
        self.start = start
        self.annealings: list[Annealing] = []
        # Branch and bound does better where recourse comes in whole units.
        whole = in_whole_units(self.structure, self.params.lns.max_unit_parts)
        if self.params.anneal and not whole:
            self.annealings = [
                Annealing(self.blocks, self.incumbent, self.params.annealing, number)
                for number in range(budget.workers)
            ]
        self.relaxation: Relaxation | None = None
        self._tightest: tuple[Subproblem, Relaxation] | None = None
        self._strengthening: Strengthening | None = None
        self.begun = threading.Event()
        """Set once the cheapest solution is known, or that there is none; no solver runs before."""
        self._relaxation_seconds = 0.0
        self._gap_shares: GapShares | None = None
        self._sampled: SampledSearch | None = None  # in a huge program

    def run(self) -> Incumbent:
        """Search until optimal, stopped or out of time; return what was found.

        A stage that fails takes nothing that was found with it; the next one goes on.

        Raises
        ------
        Exception
            What `on_event` raised, or what failed before anything was found.
        """
        with self.incumbent.guarding("search"):
            self._search()
        self.incumbent.require()
        return self.incumbent

    def _search(self) -> None:
        if self.full.contradiction is not None:
            self.incumbent.infeasible = True
            return
        self._begin_idle()
        self.begun.set()
        self._in_turn(("start", self._begin_at_start))
        self.incumbent.raise_bound(self.structure.program.least_objective(), "column bounds")
        self._in_turn(
            ("relaxation", self._relax),
            ("construction", self._construct),
            ("descent", self._descend),
            ("cuts", self._strengthen),
        )
        if self.structure.direct.all():
            self._solve_direct()
        proving = Proving(self.blocks, self.links, self.full, self.incumbent, self.params)
        proving.begin_days(self.relaxation, self._add_cuts)
        self._in_turn(
            ("annealing", self._anneal),
            ("cuts on recourse", self._solve_benders),
            ("construction", self._first.persist),
        )
        self._improve(proving)
        proving.wait()
        if self._sampled is not None:
            self._sampled.wait()

    def _in_turn(self, *stages: tuple[str, Callable[[], object]]) -> None:
        """Run stages one after the other, whichever of them fails."""
        for name, work in stages:
            with self.incumbent.guarding(name):
                work()

    def _formulate(self, program: Program) -> None:
        """Take a program with the same solutions as the one that was given."""
        structure = Structure(program, self.params.benders)
        blocks = RecourseBlocks(structure, self.params.benders)
        links, full = LinkingRows(structure), structure.full()
        # All at once: a failure must not leave parts of two programs.
        self.structure, self.blocks, self.links, self.full = structure, blocks, links, full

    def _begin_at_start(self) -> None:
        if self.start is not None:
            self.blocks.offer(self.start, self.incumbent, "start")

    def _descend(self) -> None:
        if self._sampled is not None:
            self._sampled.descend()

    def _anneal(self) -> None:
        if self.annealings and not self.incumbent.done:
            self.annealings[0].run()
            self.annealings[0].lengthen()

    def _begin_idle(self) -> None:
        """Offer a roster with everybody idle where the construction will take long.

        So it is where building the program took all the time.
        """
        params = self.params.construction
        most = params.idle_columns_per_second * self.budget.seconds
        late = self.budget.over and not self.budget.stopped
        if self.params.construct and (late or self.structure.decisions.size > most):
            idle = idle_solution(self.structure)
            if idle is not None:
                self.incumbent.offer(idle, IDLE_STAGE)

    def _relax(self) -> None:
        params = self.params.relaxation
        if self.full.matrix.nnz > params.max_entries and not self.budget.reproducible:
            self._sampled = SampledSearch(self.blocks, self.full, self.incumbent, self.params)
            self.relaxation = self._sampled.begin()
            return
        self._relaxation_seconds = relax_repeatedly(self.full, self.budget, params, self._take)

    def _take(self, found: Relaxation) -> Relaxation:
        """Keep a relaxation: its values, its bound, and its cuts; return it, perhaps tightened."""
        converged = "" if found.converged else ", not converged"
        logger.info("relaxation by %s: bound %d%s", found.method, found.bound, converged)
        if found.method != "simplex":
            found = tighten_duals(
                self.structure.program, self.full, found, self.budget, self.params.relaxation
            )
        self.relaxation = found
        self._gap_shares = GapShares(self.structure.program, self.full, found.duals)
        bound = found.bound + self.structure.constant(self.full)
        self.incumbent.raise_bound(bound, "relaxation")
        self.blocks.add_cuts(self.full, found.duals, self.structure.all_blocks)
        return found

    def _strengthen(self) -> None:
        """Add cuts to the program where they raise the bound of its relaxation.

        With several workers, the others improve the solution meanwhile.
        """
        params, known = self.params.cuts, self.relaxation
        small = self.full.matrix.nnz <= params.max_entries
        if not (self.params.strengthen and small) or self.incumbent.done or known is None:
            return
        budget = self.budget
        share = params.budget_share if budget.workers > 1 else params.budget_share_alone
        if not budget.reproducible:
            expected = (self.full.matrix.nnz / params.entries_in_second) ** params.exponent
            if known.method == "simplex":
                expected = params.round_seconds * self._relaxation_seconds
            if expected > share * budget.left:
                return
        strengthening = Strengthening(self.structure, self.full, known, self.incumbent, params)
        found: list[Strengthened | None] = []
        self._beside(lambda until: found.append(strengthening.add_flow_cuts(until)), share)
        for flows in found:
            if flows is not None:
                learned = self.blocks
                self._formulate(flows.program)
                self.blocks.adopt(learned)
                self._take(flows.relaxation)
        self._strengthening = strengthening
        self._beside(self._add_cuts, params.first_share if budget.workers > 1 else share)

    def _add_cuts(self, until: float) -> bool:
        """Look for cuts from rows; return whether there may be more."""
        known = self._strengthening
        if known is None or known.ended or self.incumbent.done:
            return False
        found = known.add_cuts_from_rows(until)
        if found is not None:
            self._gap_shares = GapShares(found.program, found.full, found.relaxation.duals)
            self._tightest = found.full, found.relaxation
        return not known.ended

    def _beside(self, add: Callable[[float], object], share: float, stage: str = "cuts") -> None:
        """Raise the bound for a share of the time left; the other workers improve meanwhile."""
        until = self.budget.elapsed + share * self.budget.left
        if self.budget.workers > 1 and self.params.improve and self.incumbent.values is not None:
            done = self.incumbent.in_thread(lambda: add(until), stage)
            improvement = self._improvement(self._reference())
            improvement.run(self.budget.workers - 1, until_event=done)
            done.wait()
        else:
            add(until)

    def _shares(self, values: Integers) -> Floats | None:
        """Return each column's share in the gap to the best bound, where that says something.

        Most of a large gap cannot be closed.
        """
        gap = self.incumbent.gap
        if self._gap_shares is None or gap is None or gap > self.params.lns.avoidable_gap:
            return None
        return self._gap_shares.of(values)

    def _construct(self) -> None:
        if self.params.construct and not self.incumbent.done:
            # Where agents decide in turn, that gets further in the same time.
            self._first.find(once=self._sampled is not None and self._sampled.descends)
            self._first.persist()

    @property
    def _first(self) -> FirstSolution:
        return FirstSolution(self.blocks, self.full, self.relaxation, self.incumbent, self.params)

    def _branch(self) -> None:
        """Try branch and bound on everything: it ends in seconds where the relaxation is tight.

        Where the simplex method is too slow for the relaxation, one node takes too long already.
        """
        known, relaxation = self.incumbent.values, self.relaxation
        slow = relaxation is not None and relaxation.method != "simplex"
        if not self.params.branch or self.incumbent.done or known is None or slow:
            return
        solve_whole(self.blocks, self.full, self.incumbent, Limits(self._branch_seconds()))

    def _branch_seconds(self) -> float:
        params, budget = self.params.branch_and_bound, self.budget
        left = budget.seconds if budget.reproducible else budget.left
        return min(params.budget_share * left, params.max_seconds)

    def _solve_direct(self) -> None:
        """Generate columns and branch and bound, what takes less first; then dive, or take windows.

        Columns are generated where that raises the bound.
        """
        values, relaxation = self.incumbent.values, self.relaxation
        gap, params = self.incumbent.gap, self.params.column_generation
        useful = self.params.decompose and gap is not None and gap >= params.min_gap
        if not useful or self.incumbent.done or values is None or relaxation is None:
            self._in_turn(("branch and bound", self._branch))
            return
        constant = self.structure.constant(self.full)

        def on_bound(bound: int) -> None:
            self.incumbent.raise_bound(bound + constant, "column generation")

        decomposition = Decomposition(
            self.blocks, self.links, self.full, relaxation.duals, self.budget, on_bound, params
        )
        share = params.budget_share * self.budget.left
        patience = math.inf if self.budget.reproducible else share / params.min_rounds
        expected = params.min_rounds * decomposition.start(values, patience)
        share = params.budget_share * self.budget.left
        logger.info("pricing rounds: %.2f s expected", expected)
        slow = expected > share and not self.budget.reproducible
        generate = "column generation", partial(self._generate, decomposition, share)
        branch = "branch and bound", self._branch
        quick = expected < self._branch_seconds() and not self.budget.reproducible
        if slow:
            self._in_turn(branch)
            self._search_windows()
            return
        self._in_turn(*((generate, branch) if quick else (branch, generate)))
        if decomposition.generation.solution is not None and not self.incumbent.done:
            self._dive(decomposition)

    def _search_windows(self) -> None:
        """Improve while that gains much, then in turns with windows of days."""
        params = self.params.column_generation
        windows = WindowDecomposition(
            self.blocks, self.links, self.incumbent, params, self.params.relaxation
        )
        # A nearer reference may take longer than a turn.
        long = self._relaxation_seconds > params.windows.max_seconds
        turns = self._alternation(self._relaxed() if long else self._reference())
        turns.improve()
        turns.run(windows.step, params.windows.max_turn)

    def _generate(self, decomposition: Decomposition, seconds: float) -> None:
        """Generate columns, and search them for a solution that attains their bound."""
        params, generation = self.params.column_generation, decomposition.generation
        if self.incumbent.done:
            return
        if self.budget.reproducible:  # a fixed number of rounds, whatever the clock says
            generation.run(math.inf, params.min_rounds)
        elif generation.run(self.budget.elapsed + seconds):
            self._branch_and_price(decomposition)

    def _dive(self, decomposition: Decomposition) -> None:
        """Dive into generated columns, in turns with the improvement; once if reproducible."""
        rng = np.random.default_rng((self.budget.seed, 5))
        if self.budget.reproducible:
            decomposition.step(self.incumbent, rng)
            return
        self._gap_shares = decomposition.gap_shares() or self._gap_shares
        decomposition.step(self.incumbent, rng)
        # Columns do not always close the gap; a small program is closed by cuts.
        self._solve_benders()
        mixed, lowest = decomposition.mixed_values(), self.structure.program.lower
        reference = Reference(None if mixed is None else self.full.embed(mixed, lowest))

        def step() -> None:
            decomposition.step(self.incumbent, rng)
            self._branch_and_price(decomposition)

        self._alternation(reference).run(step)

    def _branch_and_price(self, decomposition: Decomposition) -> None:
        """Search for a solution that attains the bound, longer before the first dive.

        One worker would have nothing but its first roster meanwhile: its turns are short.
        """
        if self.params.branch_and_price and decomposition.branches:
            params = self.params.column_generation.branching
            long = self.budget.workers > 1 and not decomposition.dives
            share = params.first_turn_share if long else params.turn_share
            branch = partial(decomposition.branch, self.incumbent)
            self._beside(branch, share, "branch and price")

    def _alternation(self, reference: Reference) -> Alternation:
        improvement = self._improvement(reference) if self.params.improve else None
        return Alternation(self.incumbent, improvement, self.params.column_generation)

    def _solve_benders(self) -> None:
        params = self.params.benders
        if self.incumbent.done or self.structure.decisions.size > params.max_columns:
            return
        share = 1.0 if self.budget.reproducible else params.turn_share
        until = self.budget.elapsed + share * self.budget.left
        solve_benders(self.blocks, self.links, self.incumbent, until)

    def _improvement(self, reference: Reference) -> LargeNeighbourhoodSearch:
        return LargeNeighbourhoodSearch(
            self.blocks,
            self.incumbent,
            reference,
            self._shares,
            params=self.params.lns,
            annealings=self.annealings,
        )

    def _improve(self, proving: Proving) -> None:
        if self.incumbent.done or self.incumbent.values is None or not self.params.improve:
            return
        improvement = self._improvement(self._reference())

        def tighten() -> None:
            if self._sampled is not None:
                self._sampled.improve(improvement)
            elif proving.is_loose(self.relaxation):
                proving.tighten(improvement, self._relaxation_seconds, self._take)

        def cut() -> None:
            known = self._strengthening
            # A turn at cuts may still be under way when time is up.
            more = known is not None and not (known.ended or self.incumbent.done)
            if self.budget.workers > 1 and more:
                self._beside(self._add_cuts, self.params.cuts.later_share)

        self._in_turn(
            ("relaxation", tighten),
            ("days", lambda: proving.price_days(self.relaxation, improvement, self._add_cuts)),
            ("cuts", cut),
            ("cuts on recourse", lambda: proving.search_by_cuts(improvement)),
            ("improvement", lambda: improvement.run(self.budget.workers)),
        )

    def _relaxed(self) -> Reference:
        """Return the values of the relaxation, if there are any."""
        known = self.relaxation
        if known is None or known.filled is not None:
            return Reference()
        return Reference(self.full.embed(known.values, self.structure.program.lower))

    def _reference(self) -> Reference:
        """Return the relaxed values, as near to the best solution as they can be."""
        known = self.relaxation
        # A proximity reference is renewed by the clock, which does not repeat.
        if known is None or known.filled is not None or self.budget.reproducible:
            return self._relaxed()
        full, known = self._tightest or (self.full, known)
        return ProximityReference(
            self.structure,
            full,
            known,
            self.incumbent,
            self._relaxation_seconds,
            self.params.lns.reference,
            self.params.relaxation,
        )
