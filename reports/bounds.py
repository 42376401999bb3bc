"""What can be proven about whole numbers of which intervals and sums are known: exactly, by integer programming.

Knows nothing of tables and reports. `Puzzle` holds the counts somebody looks for and the relations between them;
statements say between which bounds counts lie. A count is given away when every solution puts it above zero and below
the base it is rounded to. "Not given away" is certain: it stands on a solution whose every number has been checked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate, cycle
from typing import TYPE_CHECKING, Final, NamedTuple

from kim.privacy.rounding import BASE

if TYPE_CHECKING:
    import highspy

Name = tuple[str, ...]
Bounds = tuple[int, int | None]  # None: no upper bound
Statement = Mapping[Name, Bounds]

UNLIMITED: Final = 1_000_000  # no city counts more
STEPS: Final = 2  # from relation to relation, that make a neighbourhood
TOLERANCE: Final = 1e-6  # of a number that should be whole
MOST_TURNS: Final = 20  # how often a relation is looked at in one go
# A question still open after so many nodes counts as given away; no clock and one thread, so that two runs agree.
OPTIONS: Final = {"output_flag": False, "threads": 1, "mip_max_nodes": 5_000, "mip_rel_gap": 0.5}


class Relation(NamedTuple):
    """A sum of counts, each with its factor, is zero. `is_firm`: true by construction, not only between reports."""

    terms: tuple[tuple[int, int], ...]  # place of the count, factor
    is_firm: bool


def relations_of(relations: Iterable[Relation]) -> Mapping[int, Sequence[int]]:
    """Count -> the relations it is in."""
    found: dict[int, list[int]] = defaultdict(list)
    for number, relation in enumerate(relations):
        for place, _ in relation.terms:
            found[place].append(number)
    return found


class Puzzle:
    def __init__(self) -> None:
        self._places: dict[Name, int] = {}
        self._bases: list[int] = []  # 0: not a number of people
        self._relations: list[Relation] = []
        self.is_firm = True  # what is learned now is true by construction

    # --- What is known

    def count(self, name: Name, base: int = BASE) -> int:
        """The place of a count, the same one for the same name."""
        if name not in self._places:
            self._places[name] = len(self._bases)
            self._bases.append(base)
        return self._places[name]

    def equal(self, parts: Iterable[int], whole: Iterable[int]) -> None:
        """The parts add up to what the counts of the whole add up to."""
        terms = (*((place, 1) for place in parts), *((place, -1) for place in whole))
        self._relations.append(Relation(terms, self.is_firm))

    def inside(self, parts: Iterable[int], whole: int, *, is_people: bool = True) -> None:
        """The parts do not overlap and lie in the whole; what is left over is a group of people, too."""
        self.equal((*parts, self._rest(self._bases[whole] if is_people else 0)), (whole,))

    def cover(self, parts: Iterable[int], whole: int) -> None:
        """The parts may overlap and add up to at least the whole."""
        self.equal(parts, (whole, self._rest(0)))

    def _rest(self, base: int) -> int:
        return self.count(("rest", str(len(self._bases))), base)

    # --- What follows

    def drop_contradictions(self, statements: Iterable[Statement]) -> None:
        """Forget relations the statements contradict, at the least distance: from what is false nobody concludes.

        Raises ValueError if what is true by construction is contradicted.
        """
        low, high = self._bounds(statements)
        if _Solver(low, high, self._relations).is_possible():
            return
        loose = [number for number, relation in enumerate(self._relations) if not relation.is_firm]
        missed = _Stretched(low, high, self._relations, loose).least()
        if missed is None:
            raise ValueError("The tables of a report contradict each other.")
        self._relations = [relation for number, relation in enumerate(self._relations) if number not in missed]

    def given_away(
        self, statements: Iterable[Statement], among: Collection[int] | None = None, *, is_one_enough: bool = False
    ) -> set[int]:
        """Places of the counts these statements prove to be above zero and below their base."""
        asked = range(len(self._bases)) if among is None else among
        bases = {place: self._bases[place] for place in asked if self._bases[place]}
        return _Solver(*self._bounds(statements), self._relations).proven(bases, is_one_enough=is_one_enough)

    def _bounds(self, statements: Iterable[Statement]) -> tuple[list[int], list[int]]:
        low, high = [0] * len(self._bases), [UNLIMITED] * len(self._bases)
        for statement in statements:
            for name, (least, most) in statement.items():
                place = self._places[name]
                low[place] = max(low[place], least)
                high[place] = min(high[place], UNLIMITED if most is None else most)
        return low, high


class Glance:
    """What is seen without a solver: each relation narrows its counts by the bounds of the others, again and again.

    Whatever it finds to be given away is; what it does not find may be all the same.
    """

    def __init__(self, puzzle: Puzzle) -> None:
        self._puzzle = puzzle
        self._low, self._high = puzzle._bounds(())
        self._relations_of = relations_of(puzzle._relations)
        self._seen: set[int] = set()

    def add(self, statements: Iterable[Statement], *, is_final: bool = False) -> bool:
        """Learn the statements, unless they give something away that was not before; `is_final`: learn them anyway."""
        before = self._low[:], self._high[:]
        moved = {
            place
            for statement in statements
            for name, (least, most) in statement.items()
            if self._narrow(place := self._puzzle._places[name], least, UNLIMITED if most is None else most)
        }
        found = {place for place in self._spread(moved) if self._is_given_away(place)} - self._seen
        if is_final:
            self._seen |= found
        elif found:
            self._low, self._high = before
            return False
        return True

    def _is_given_away(self, place: int) -> bool:
        return 0 < self._low[place] <= self._high[place] < self._puzzle._bases[place]

    def _narrow(self, place: int, least: int, most: int) -> bool:
        low, high = self._low[place], self._high[place]
        self._low[place], self._high[place] = max(low, least), min(high, most)
        return low < least or most < high

    def _spread(self, moved: set[int]) -> set[int]:
        """All counts whose bounds moved in the end."""
        everything, turns = set(moved), Counter[int]()
        waiting = dict.fromkeys(number for place in sorted(moved) for number in self._relations_of[place])
        while waiting:
            number = next(iter(waiting))
            del waiting[number]
            turns[number] += 1
            for place in self._narrow_all(self._puzzle._relations[number].terms):
                everything.add(place)
                waiting |= dict.fromkeys(n for n in self._relations_of[place] if turns[n] < MOST_TURNS)
        return everything

    def _narrow_all(self, terms: tuple[tuple[int, int], ...]) -> list[int]:
        low, high = self._low, self._high
        least = sum(low[p] if f > 0 else -high[p] for p, f in terms)
        most = sum(high[p] if f > 0 else -low[p] for p, f in terms)
        moved = []
        for place, factor in terms:
            # What the others add up to is known, and all together make zero.
            rest = (high[place] - most, low[place] - least) if factor > 0 else (high[place] + least, low[place] + most)
            if rest[0] > low[place] or rest[1] < high[place]:
                moved.append((place, rest))
        return [place for place, rest in moved if self._narrow(place, *rest)]


class _Solver:
    """The integer program of one set of statements, asked many times.

    Without the demand for whole numbers it is solved much faster, and mostly by whole numbers. Where not, the
    neighbourhood of the fractions is solved again, the rest as it is; the whole program only if that is not possible.
    """

    def __init__(self, low: list[int], high: list[int], relations: Sequence[Relation]) -> None:
        self._low, self._high, self._relations = low, high, relations
        self._relations_of = relations_of(relations)
        self._loose = _program(low, high, relations, is_whole=False)
        self._strict = _program(low, high, relations, is_whole=True)

    def is_possible(self) -> bool:
        return self._solution({}, {}) is not None

    def least_loose(self, places: Iterable[int]) -> list[float] | None:
        """As `least`, without the demand for whole numbers: nothing whole adds up to less."""
        return self._ask(self._loose, dict.fromkeys(places, 1), {})

    def small(self, places: Iterable[int]) -> list[int] | None:
        """A solution in which these counts add up to little, mostly to as little as possible; found quickly."""
        return self._solution(dict.fromkeys(places, 1), {})

    def least(self, places: Iterable[int]) -> list[int] | None:
        """A solution in which these counts add up to as little as possible."""
        self._strict.setOptionValue("mip_rel_gap", 0.0)
        return self._whole(self._ask(self._strict, dict.fromkeys(places, 1), {}))

    def proven(self, bases: Mapping[int, int], *, is_one_enough: bool) -> set[int]:
        """Each solution settles all counts it shows at zero or from the base on; only stubborn ones are asked alone."""
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

    def _wishes(self, left: Iterable[int], wish: int) -> dict[int, int]:
        return {place: wish if self._low[place] == 0 else -wish for place in left}

    def _settle(self, left: dict[int, int], solution: list[int] | None) -> bool:
        """Take out what the solution settles; whether there was any."""
        settled = [p for p, base in left.items() if solution is not None and not 0 < solution[p] < base]
        for place in settled:
            del left[place]
        return bool(settled)

    def _answer(self, left: Iterable[int], place: int, least: int, most: int) -> list[int] | None:
        """A solution with this count between these bounds."""
        least, most = max(least, self._low[place]), min(most, self._high[place])
        return None if least > most else self._solution(self._wishes(left, 1), {place: (least, most)})

    def _solution(self, wishes: Mapping[int, int], asked: Mapping[int, Bounds]) -> list[int] | None:
        """Whole numbers that fulfil everything; None where there are none."""
        loose = self._ask(self._loose, wishes, asked)
        if loose is None:
            return None
        if found := self._whole(loose):
            return found
        near = self._near_fractions(loose)
        kept: dict[int, Bounds] = {place: (round(n), round(n)) for place, n in enumerate(loose) if place not in near}
        return self._whole(self._ask(self._strict, wishes, {**kept, **asked})) or self._whole(
            self._ask(self._strict, wishes, asked)
        )

    def _near_fractions(self, loose: Sequence[float]) -> set[int]:
        """Counts that are not whole, and those that have to do with them."""
        found = {place for place, number in enumerate(loose) if abs(number - round(number)) > TOLERANCE}
        for _ in range(STEPS):
            found |= {p for place in found for n in self._relations_of[place] for p, _ in self._relations[n].terms}
        return found

    def _ask(
        self, program: highspy.Highs, wishes: Mapping[int, int], asked: Mapping[int, Bounds]
    ) -> list[float] | None:
        """What the program answers; None if there is certainly nothing."""
        cost, low, high = [0.0] * len(self._low), [*map(float, self._low)], [*map(float, self._high)]
        for place, wish in wishes.items():
            cost[place] = wish
        for place, (least, most) in asked.items():
            low[place], high[place] = least, UNLIMITED if most is None else most
        every = list(range(len(cost)))
        program.changeColsCost(len(cost), every, cost)
        program.changeColsBounds(len(cost), every, low, high)
        program.clearSolver()  # every question by itself: faster here, and the answer does not hang on those before
        program.run()
        is_none = program.getModelStatus().name == "kInfeasible"
        return None if is_none else program.getSolution().col_value

    def _whole(self, answer: list[float] | None) -> list[int] | None:
        """The answer in whole numbers if it fulfils everything, each relation checked."""
        values = [round(value) for value in answer or ()]
        fulfils = (
            len(values) == len(self._low)
            and all(low <= value <= high for low, value, high in zip(self._low, values, self._high, strict=True))
            and all(
                sum(factor * values[place] for place, factor in relation.terms) == 0 for relation in self._relations
            )
        )
        return values if fulfils else None


class _Stretched:
    """A program some of whose relations may be missed; `gaps`: by how much too much and, beside it, too little."""

    def __init__(self, low: list[int], high: list[int], relations: Sequence[Relation], loose: Iterable[int]) -> None:
        self._gaps = {number: len(low) + 2 * place for place, number in enumerate(loose)}
        more = 2 * len(self._gaps)
        self._columns = range(len(low), len(low) + more)
        stretched = list(relations)
        for number, gap in self._gaps.items():
            terms = (*relations[number].terms, (gap, 1), (gap + 1, -1))
            stretched[number] = relations[number]._replace(terms=terms)
        self._program = low, high, relations
        self._solver = _Solver(low + [0] * more, high + [UNLIMITED] * more, stretched)

    def least(self) -> set[int] | None:
        """Which relations are missed at the least distance; None where even that is impossible.

        Fractions mostly miss the same few as whole numbers. Where these few are enough, and no further away than the
        fractions allow, nothing is nearer: the whole program, which takes a hundred times as long, need not be asked.
        """
        fractions = self._solver.least_loose(self._columns)
        if fractions is None:
            return None
        few = _Stretched(*self._program, self._missed(fractions))
        found = few._solver.small(few._columns)
        if found and few._distance(found) < self._distance(fractions) + 1 - TOLERANCE:
            return few._missed(found)
        found = self._solver.least(self._columns)
        return self._missed(found) if found else None

    def _distance(self, solution: Sequence[float]) -> float:
        return sum(solution[place] for place in self._columns)

    def _missed(self, solution: Sequence[float]) -> set[int]:
        return {number for number, gap in self._gaps.items() if solution[gap] + solution[gap + 1] > TOLERANCE}


def _program(
    low: Sequence[int], high: Sequence[int], relations: Sequence[Relation], *, is_whole: bool
) -> highspy.Highs:
    """One column for each count, one row for each relation."""
    import highspy  # noqa: PLC0415 - with numpy 35 MB of memory that only the process that freezes needs

    terms = [term for relation in relations for term in relation.terms]
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = len(low), len(relations)
    program.col_cost_ = [0.0] * len(low)
    program.col_lower_, program.col_upper_ = list(low), list(high)
    program.row_lower_ = program.row_upper_ = [0.0] * len(relations)
    if is_whole:
        program.integrality_ = [highspy.HighsVarType.kInteger] * len(low)
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = list(accumulate((len(relation.terms) for relation in relations), initial=0))
    program.a_matrix_.index_ = [place for place, _ in terms]
    program.a_matrix_.value_ = [float(factor) for _, factor in terms]
    highs = highspy.Highs()
    highs.silent()
    for option, value in OPTIONS.items():
        highs.setOptionValue(option, value)
    highs.passModel(program)
    return highs
