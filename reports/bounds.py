"""What can be proven about whole numbers of which intervals and sums are known: exactly, by integer programming.

Knows nothing of tables and reports. `Puzzle` holds the counts somebody looks for and the relations between them;
statements say between which bounds counts lie. A count is given away when every solution puts it above zero and below
the base it is rounded to. "Not given away" is certain: it stands on a solution whose every number has been checked.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from kim.privacy.rounding import BASE

if TYPE_CHECKING:
    from reports.program import Solver

Name = tuple[str, ...]
Bounds = tuple[int, int | None]  # None: no upper bound
Statement = Mapping[Name, Bounds]

UNLIMITED: Final = 1_000_000  # no city counts more
MOST_TURNS: Final = 20  # how often a relation is looked at in one go


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
        self._solver: Solver | None = None

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
        self._solver = None

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
        from reports.program import Stretched  # noqa: PLC0415 - see there

        low, high = self._bounds(statements)
        if self._solver_within(low, high).is_possible():
            return
        loose = [number for number, relation in enumerate(self._relations) if not relation.is_firm]
        missed = Stretched(low, high, self._relations, loose).missed()
        if missed is None:
            raise ValueError("The tables of a report contradict each other.")
        self._relations = [relation for number, relation in enumerate(self._relations) if number not in missed]
        self._solver = None

    def given_away(
        self, statements: Iterable[Statement], among: Collection[int] | None = None, *, is_one_enough: bool = False
    ) -> set[int]:
        """Places of the counts these statements prove to be above zero and below their base."""
        asked = range(len(self._bases)) if among is None else among
        bases = {place: self._bases[place] for place in asked if self._bases[place]}
        return self._solver_within(*self._bounds(statements)).proven(bases, is_one_enough=is_one_enough)

    def _solver_within(self, low: list[int], high: list[int]) -> Solver:
        """One for all questions about the relations that are known."""
        from reports.program import Solver  # noqa: PLC0415 - see there

        if self._solver is None:
            self._solver = Solver(low, high, self._relations)
        self._solver.set_bounds(low, high)
        return self._solver

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
        waiting = OrderedDict.fromkeys(number for place in sorted(moved) for number in self._relations_of[place])
        while waiting:
            number, _ = waiting.popitem(last=False)
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
