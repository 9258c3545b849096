"""Which rows does a filter name, all of them, and are they still the same?"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlencode

from fastapi import Request

from app.kit import cookies
from app.kit.context import Ctx
from app.kit.errors import DomainError, Kind
from app.web.console.listing import Chosen, Line, Listing

PURPOSE = "purpose"
AT_ONCE = 1000
# What an address may carry beside conditions.
NOT_CONDITIONS = frozenset({"cursor", "all", "every", "named"})


class SelectionTooLarge(DomainError):
    kind, code = Kind.INVALID, "web.selection_too_large"
    sentence = "符合条件的超过 {most} 条，请加上筛选条件再全选。"


@dataclass(frozen=True)
class Selection:
    """Everything a filter names now; `mark` changes when a row comes or goes."""

    keys: tuple[str, ...]

    @property
    def mark(self) -> str:
        return hashlib.sha256("\n".join(sorted(self.keys)).encode()).hexdigest()[:24]


def chosen_of(request: Request) -> Chosen:
    """The conditions of the address, with the purpose this person gave."""
    return Chosen({**dict(request.query_params), "purpose": purpose_of(request)})


def purpose_of(request: Request) -> str:
    return unquote(cookies.read_cookie(request, PURPOSE) or "")[:60]


def conditions_of(request: Request) -> str:
    """The conditions alone, as they stand in an address."""
    pairs = request.query_params.items()
    return urlencode([(name, value) for name, value in pairs if name not in NOT_CONDITIONS])


async def all_lines(
    listing: Listing, ctx: Ctx, chosen: Chosen, most: int, step: int = AT_ONCE
) -> Sequence[Line]:
    """Exactly what the filter shows, page by page, up to `most` rows."""
    lines: list[Line] = []
    cursor = None
    while len(lines) < most:
        found, cursor = await listing.load(ctx, chosen, cursor, min(step, most - len(lines)))
        lines += found
        if cursor is None:
            break
    return lines


async def select_all(listing: Listing, ctx: Ctx, chosen: Chosen) -> Selection:
    """Resolve the filter; refused (`web.selection_too_large`) beyond a thousand rows."""
    lines = await all_lines(listing, ctx, chosen, AT_ONCE + 1)
    if len(lines) > AT_ONCE:
        raise SelectionTooLarge(most=AT_ONCE)
    return Selection(tuple(line.key for line in lines))
