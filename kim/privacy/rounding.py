"""What a published count may say: nothing that could be traced back to one or two persons.

Deterministic rounding to 5, as Destatis publishes recipients of social assistance since 2020; protected groups to 10.
Every cell and every total is rounded from its own true value, rounded numbers are never added up; docs/datenschutz.md.
"""

from typing import Final

BASE: Final = 5
PROTECTED_BASE: Final = 10
SMALLEST_POPULATION: Final = 30  # persons; a table about fewer is withheld as a whole
SMALLEST_SHARE_BASE: Final = 50  # persons, rounded; of fewer no percentages


def rounded(n: int, base: int = BASE) -> int:
    """Round to the nearest multiple of base, each number from its own true value: differences reveal no person.

    Base 5: 0-2 -> 0, 3-7 -> 5. Base 10: 0-4 -> 0, 5-14 -> 10. Raises TypeError for anything but int, ValueError for a
    negative count or a base below 1.
    """
    count, step = _count(n), _count(base)
    if step == 0:
        raise ValueError("The base of rounding must be at least 1.")
    return step * ((count + step // 2) // step)


def share(part: int, whole: int, base: int = BASE) -> int | None:
    """Whole per cent of `part` in `whole`, from the rounded numbers only; None if the rounded whole is below 50.

    True and already rounded counts give the same answer. Raises ValueError if the part exceeds the whole.
    """
    if _count(part) > _count(whole):
        raise ValueError("A part cannot exceed its whole.")
    top, bottom = rounded(part, base), rounded(whole, base)
    if bottom < SMALLEST_SHARE_BASE:
        return None
    return (200 * top + bottom) // (2 * bottom)


def withheld(population: int) -> bool:
    """Whether a table about so many persons (true count) is withheld as a whole: below 30."""
    return _count(population) < SMALLEST_POPULATION


def _count(n: int) -> int:
    if not isinstance(n, int) or isinstance(n, bool):
        raise TypeError("A count is a whole number.")
    if n < 0:
        raise ValueError("A count is never negative.")
    return n
