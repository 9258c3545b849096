"""What is a list in the console? One description, from which its page, its Excel file and its
bulk actions are made, so that all lists work alike."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from app.kit.bounds import MAX_INT, has_control
from app.kit.context import Ctx
from app.kit.errors import DomainError, Kind
from app.people.permissions import P as PeopleP

Options = Sequence[tuple[str, str]]
E = TypeVar("E", bound=StrEnum)
LONGEST_FILTER = 60


class BadFilter(DomainError):
    kind, code, sentence = Kind.INVALID, "web.bad_filter", "筛选条件无效，请清除条件后再查。"


@dataclass(frozen=True)
class Badge:
    """A short state with a colour; the word alone says everything."""

    text: str
    tone: str = "plain"  # plain, good, warn or bad

    def __str__(self) -> str:
        return self.text


Cell = str | int | Badge | None


@dataclass(frozen=True)
class Line:
    """One row: the first cell is its name and carries the link."""

    key: str
    cells: tuple[Cell, ...]
    href: str | None = None
    more: tuple[tuple[str, str], ...] = ()  # further links: (label, address)


@dataclass(frozen=True)
class Chosen:
    """The filters of an address; what is not valid is refused, never ignored."""

    values: Mapping[str, str]

    def text(self, name: str) -> str | None:
        value = self.values.get(name, "").strip()
        if len(value) > LONGEST_FILTER or has_control(value):
            raise BadFilter
        return value or None

    def one_of(self, name: str, kind: type[E]) -> E | None:
        value = self.text(name)
        try:
            return kind(value) if value else None
        except ValueError as exc:
            raise BadFilter from exc

    def uuid(self, name: str) -> UUID | None:
        value = self.text(name)
        try:
            return UUID(value) if value else None
        except ValueError as exc:
            raise BadFilter from exc

    def day(self, name: str) -> date | None:
        value = self.text(name)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError as exc:
            raise BadFilter from exc

    def number(self, name: str) -> int | None:
        value = self.text(name)
        try:
            number = int(value) if value else None
        except ValueError as exc:
            raise BadFilter from exc
        if number is not None and abs(number) > MAX_INT:
            raise BadFilter
        return number


@dataclass(frozen=True)
class Filter:
    """One field of the filter row; with `options` a choice, else a word or a day to look for."""

    name: str
    label: str
    options: Callable[[Ctx], Awaitable[Options]] | Mapping[str, str] | None = None
    kind: str = "search"  # or "date"
    unset: str = "全部"  # what an empty choice means


@dataclass(frozen=True)
class Bulk:
    """Something done to the ticked rows: `act` one by one, each refused or carried out by itself,
    or `whole` for all of them at once, with an answer of its own (a file)."""

    verb: str
    label: str
    permission: str
    act: Callable[[Ctx, UUID, str], Awaitable[object]] | None = None
    done: str = ""
    tone: str = "primary"
    asks: str = ""  # the label of the reason, when one is needed
    whole: Callable[[Request, Ctx, list[UUID]], Awaitable[Response]] | None = None
    or_permission: str = ""  # another right that is enough

    def open_to(self, ctx: Ctx) -> bool:
        held = ctx.actor.permissions
        return self.permission in held or self.or_permission in held


Load = Callable[[Ctx, Chosen, str | None, int], Awaitable[tuple[list[Line], str | None]]]


@dataclass(frozen=True)
class Listing:
    """A list: who may see it, its columns and filters, where rows come from, what can be done."""

    slug: str
    title: str
    group: str
    permission: str
    columns: tuple[str, ...]
    load: Load
    empty: str
    filters: tuple[Filter, ...] = ()
    bulk: tuple[Bulk, ...] = ()
    new: tuple[str, ...] | None = None  # the label, and the permissions of which one is enough
    district_only: bool = False
    purpose: bool = False
    hint: str = ""
    in_menu: bool = True
    boosted: bool = True  # False where a bulk action answers with a file, which scripts cannot take
    above: Callable[[Ctx, Chosen], Awaitable[Sequence[tuple[str, Cell]]]] | None = None
    children: tuple[int, ...] = ()  # columns with children's names: masked in files

    @property
    def path(self) -> str:
        return f"/console/{self.slug}"

    def may_export_named(self, ctx: Ctx) -> bool:
        """Whether this actor's file may name the children: only as far as `export:named` reaches."""
        named, shown = ctx.reach(PeopleP.EXPORT_NAMED), ctx.reach(self.permission)
        if not self.children or PeopleP.EXPORT_NAMED not in ctx.actor.permissions:
            return False
        inside = shown.organizations <= named.organizations and not shown.classes
        return named.district or (inside and not shown.district)

    def open_to(self, ctx: Ctx) -> bool:
        """Whether the menu shows it to this actor."""
        if self.permission not in ctx.actor.permissions:
            return False
        return ctx.reach(self.permission).district or not self.district_only
