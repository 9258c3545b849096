"""Pure rules of a unit's papers: what is missing, what has run out, when is somebody warned?"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Protocol

from app.resources.kinds import BINDING_PAPERS, PaperKind

ALARM_DAYS = (0, 7, 30)  # before the last day of a paper


class Dated(Protocol):
    """A paper, or anything else with a kind and a last day."""

    @property
    def kind(self) -> PaperKind: ...

    @property
    def valid_until(self) -> date | None: ...


def last_days(papers: Iterable[Dated]) -> dict[PaperKind, date]:
    """The last day of each kind of paper: a renewal counts, the old one no longer."""
    found: dict[PaperKind, date] = {}
    for paper in papers:
        if paper.valid_until is not None:
            kind = PaperKind(paper.kind)
            found[kind] = max(paper.valid_until, found.get(kind, paper.valid_until))
    return found


def expired(days: Mapping[PaperKind, date], today: date) -> list[PaperKind]:
    """Binding papers that ran out; the last day itself is still good."""
    return [kind for kind in BINDING_PAPERS if kind in days and days[kind] < today]


def missing(days: Mapping[PaperKind, date], today: date) -> list[PaperKind]:
    """Binding papers that were never entered or ran out."""
    return [kind for kind in BINDING_PAPERS if kind not in days or days[kind] < today]


def alarm_step(last_day: date, today: date) -> int | None:
    """30, 7 or 0: the nearest step that has been reached. A day on which nothing ran is caught up."""
    left = (last_day - today).days
    return next((step for step in ALARM_DAYS if left <= step), None)
