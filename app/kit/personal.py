"""What do we hold about one child? Each package answers for its own tables, in the same shape."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """One table of a child's data as its family reads it."""

    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


Erased = dict[str, int]  # what was removed or blanked: Chinese word → how many


def yes_or_day(value: object) -> str:
    """An optional day as people read it; empty when there is none."""
    return "" if value is None else str(value)
