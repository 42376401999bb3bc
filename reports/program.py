"""The integer program behind a puzzle (reports/bounds.py): whole numbers within bounds that fulfil all relations.

Imported by the process that freezes, when it first asks: HiGHS and numpy take 35 MB of memory. What they answer is
checked here, number by number and relation by relation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, cycle
from typing import Any, Final

import highspy
import numpy as np

from reports.bounds import UNLIMITED, Bounds, Relation, relations_of

STEPS: Final = 2  # from relation to relation, that make a neighbourhood
TOLERANCE: Final = 1e-6  # of a number that should be whole
# A question still open after so many nodes counts as given away; no clock and one thread, so that two runs agree.
OPTIONS: Final = {"output_flag": False, "threads": 1, "mip_max_nodes": 5_000, "mip_rel_gap": 0.5}

Numbers = Any  # an array of numpy, one number for each count


class Solver:
    """The integer program of one set of relations, asked many times, between bounds that may change.

    Without the demand for whole numbers it is solved much faster, and mostly by whole numbers. Where not, the
    neighbourhood of the fractions is solved again, the rest as it is; the whole program only if that is not possible.
    """

    def __init__(self, low: Sequence[int], high: Sequence[int], relations: Sequence[Relation]) -> None:
        self.set_bounds(low, high)
        self._relations = relations
        terms = [term for relation in relations for term in relation.terms]
        self._starts = np.array([0, *accumulate(len(relation.terms) for relation in relations)], dtype=np.int32)
        self._index = np.array([place for place, _ in terms], dtype=np.int32)
        self._factors = np.array([factor for _, factor in terms], dtype=np.int64)
        self._every = np.arange(len(low), dtype=np.int32)
        self._loose, self._strict = self._program(is_whole=False), self._program(is_whole=True)

    def set_bounds(self, low: Sequence[int], high: Sequence[int]) -> None:
        self._low, self._high = np.array(low, dtype=np.int64), np.array(high, dtype=np.int64)

    @cached_property
    def _relations_of(self) -> Mapping[int, Sequence[int]]:
        return relations_of(self._relations)

    # --- Questions

    def is_possible(self) -> bool:
        return self._solution({}, {}) is not None

    def proven(self, bases: Mapping[int, int], *, is_one_enough: bool) -> set[int]:
        """The counts that are above zero and below their base in every solution.

        Each solution settles all counts it shows at zero or from the base on; only stubborn ones are asked alone.
        """
        left, idle = dict(bases), 0
        for wish in cycle((1, -1)):  # small where small is possible, then the other way round
            if idle == 2 or not left:
                break
            idle = 0 if self._settle(left, self._solution(self._wishes(left, wish), {})) else idle + 1
        proven: set[int] = set()
        while left and not (proven and is_one_enough):
            place, base = next(iter(left.items()))
            if not any(self._settle(left, self._answer(left, *q)) for q in ((place, 0, 0), (place, base, UNLIMITED))):
                proven.add(place)
                del left[place]
        return proven

    def small(self, places: Iterable[int]) -> Numbers | None:
        """A solution in which these counts add up to little, mostly to as little as possible; found quickly."""
        return self._solution(dict.fromkeys(places, 1), {})

    def least(self, places: Iterable[int]) -> Numbers | None:
        """A solution in which these counts add up to as little as possible."""
        self._strict.setOptionValue("mip_rel_gap", 0.0)
        return self._whole(self._ask(self._strict, dict.fromkeys(places, 1), {}))

    def least_in_fractions(self, places: Iterable[int]) -> Numbers | None:
        """As `least`, without the demand for whole numbers; nothing whole adds up to less."""
        return self._ask(self._loose, dict.fromkeys(places, 1), {})

    # --- Answers

    def _wishes(self, left: Iterable[int], wish: int) -> dict[int, int]:
        return {place: wish if self._low[place] == 0 else -wish for place in left}

    def _settle(self, left: dict[int, int], solution: Numbers | None) -> bool:
        """Take out what the solution settles; whether there was any."""
        settled = [p for p, base in left.items() if solution is not None and not 0 < solution[p] < base]
        for place in settled:
            del left[place]
        return bool(settled)

    def _answer(self, left: Iterable[int], place: int, least: int, most: int) -> Numbers | None:
        """A solution with this count between these bounds."""
        least, most = max(least, int(self._low[place])), min(most, int(self._high[place]))
        return None if least > most else self._solution(self._wishes(left, 1), {place: (least, most)})

    def _solution(self, wishes: Mapping[int, int], asked: Mapping[int, Bounds]) -> Numbers | None:
        """Whole numbers that fulfil everything; None where there are none."""
        loose = self._ask(self._loose, wishes, asked)
        if loose is None:
            return None
        if (found := self._whole(loose)) is not None:
            return found
        near = self._near_fractions(loose)
        kept: dict[int, Bounds] = {
            place: (number, number) for place, number in enumerate(np.rint(loose).tolist()) if place not in near
        }
        found = self._whole(self._ask(self._strict, wishes, {**kept, **asked}))
        return self._whole(self._ask(self._strict, wishes, asked)) if found is None else found

    def _near_fractions(self, loose: Numbers) -> set[int]:
        """Counts that are not whole, and those that have to do with them."""
        found = set(np.flatnonzero(np.abs(loose - np.rint(loose)) > TOLERANCE).tolist())
        for _ in range(STEPS):
            relations = {number for place in found for number in self._relations_of[place]}
            found |= {place for number in relations for place, _ in self._relations[number].terms}
        return found

    def _ask(self, program: highspy.Highs, wishes: Mapping[int, int], asked: Mapping[int, Bounds]) -> Numbers | None:
        """What the program answers; None if there is certainly nothing."""
        cost = np.zeros(len(self._every))
        low, high = self._low.astype(np.float64), self._high.astype(np.float64)
        for place, wish in wishes.items():
            cost[place] = wish
        for place, (least, most) in asked.items():
            low[place], high[place] = least, UNLIMITED if most is None else most
        program.changeColsCost(len(cost), self._every, cost)
        program.changeColsBounds(len(cost), self._every, low, high)
        program.clearSolver()  # every question by itself: faster here, and the answer does not hang on those before
        program.run()
        is_none = program.getModelStatus().name == "kInfeasible"
        return None if is_none else np.array(program.getSolution().col_value)

    def _whole(self, answer: Numbers | None) -> Numbers | None:
        """The answer in whole numbers if it fulfils everything, each relation checked."""
        if answer is None or len(answer) != len(self._low):
            return None
        values = np.rint(answer).astype(np.int64)
        sums = np.add.reduceat(values[self._index] * self._factors, self._starts[:-1])
        fulfils = bool(np.all(self._low <= values) and np.all(values <= self._high) and not np.any(sums))
        return values if fulfils else None

    def _program(self, *, is_whole: bool) -> highspy.Highs:
        """One column for each count, one row for each relation."""
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = len(self._low), len(self._relations)
        program.col_cost_ = np.zeros(len(self._low))
        program.col_lower_, program.col_upper_ = self._low.astype(np.float64), self._high.astype(np.float64)
        program.row_lower_ = program.row_upper_ = np.zeros(len(self._relations))
        if is_whole:
            program.integrality_ = [highspy.HighsVarType.kInteger] * len(self._low)
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_, program.a_matrix_.index_ = self._starts, self._index
        program.a_matrix_.value_ = self._factors.astype(np.float64)
        highs = highspy.Highs()
        highs.silent()
        for option, value in OPTIONS.items():
            highs.setOptionValue(option, value)
        highs.passModel(program)
        return highs


class Stretched:
    """A program some of whose relations may be missed, each by how much too much and, beside it, too little."""

    def __init__(
        self, low: Sequence[int], high: Sequence[int], relations: Sequence[Relation], loose: Iterable[int]
    ) -> None:
        self._base = low, high, relations
        self._gaps = {number: len(low) + 2 * place for place, number in enumerate(loose)}
        more = 2 * len(self._gaps)
        self._columns = range(len(low), len(low) + more)
        stretched = list(relations)
        for number, gap in self._gaps.items():
            terms = (*relations[number].terms, (gap, 1), (gap + 1, -1))
            stretched[number] = relations[number]._replace(terms=terms)
        self._solver = Solver([*low, *[0] * more], [*high, *[UNLIMITED] * more], stretched)

    def missed(self) -> set[int] | None:
        """Which relations are missed at the least distance; None where none may be missed that would help.

        Fractions mostly miss the same few as whole numbers do. Where these few are enough, and no further away than
        fractions, nothing is nearer, and the whole program, which takes a hundred times as long, need not be asked.
        """
        fractions = self._solver.least_in_fractions(self._columns)
        if fractions is None:
            return None
        few = Stretched(*self._base, self._missed_by(fractions))
        found = few._solver.small(few._columns)
        if found is not None and few._distance(found) < self._distance(fractions) + 1 - TOLERANCE:
            return few._missed_by(found)
        found = self._solver.least(self._columns)
        return None if found is None else self._missed_by(found)

    def _distance(self, solution: Numbers) -> float:
        return float(solution[list(self._columns)].sum())

    def _missed_by(self, solution: Numbers) -> set[int]:
        return {number for number, gap in self._gaps.items() if solution[gap] + solution[gap + 1] > TOLERANCE}
