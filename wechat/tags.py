"""Tags on the platform: read, made to be the declared ones, put on followers and taken off."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from uuid import UUID

from app.channels.accounts import Account
from app.channels.rules import TAGS_A_CALL
from app.channels.service import tags
from app.channels.service.tags import Batch, Numbered
from app.jobs.service import Unit
from app.kit.ids import new_id
from app.notifications.ports import Halt
from wechat.gateway import Gateway
from wechat.setup import SetupRefused, ask

LIST, CREATE = "/cgi-bin/tags/get", "/cgi-bin/tags/create"
RENAME, DELETE = "/cgi-bin/tags/update", "/cgi-bin/tags/delete"
PUT_ON, TAKE_OFF = "/cgi-bin/tags/members/batchtagging", "/cgi-bin/tags/members/batchuntagging"
TAKEN, GONE = 45157, 45159  # a tag of this name is there; no tag of this number is there
# One follower is the reason that a whole call was refused: not ours, left, or has twenty tags.
PERSONAL = frozenset({40003, 43004, 45059, 49003, 50005})
RESERVED = 3  # the first numbers are the platform's own tags


@dataclass(frozen=True)
class Known:
    """A tag as the platform has it now."""

    name: str
    people: int


async def read_tags(gateway: Gateway, account: Account) -> dict[int, Known]:
    """Every tag of the account but the platform's own: number → name and how many carry it."""
    answer = await ask(gateway, account, LIST)
    return {
        int(tag["id"]): Known(str(tag["name"]), int(tag.get("count", 0)))
        for tag in answer.data.get("tags", [])
        if int(tag["id"]) >= RESERVED
    }


def numbers_of(
    declared: Mapping[str, str], numbers: Mapping[str, Numbered], found: Mapping[int, Known]
) -> dict[str, int]:
    """The platform's number of each declared tag that is there: by the number kept, or by name."""
    by_name = {tag.name: number for number, tag in found.items()}
    shown = {}
    for key, name in declared.items():
        kept = numbers.get(key)
        if kept is not None and kept.tag_id in found:
            shown[key] = kept.tag_id
        elif name in by_name:
            shown[key] = by_name[name]
    return shown


async def push_tags(
    gateway: Gateway, account: Account, unit: Unit, declared: Mapping[str, str]
) -> dict[str, int]:
    """Create, rename and delete until the declared tags are there; what others made stays.

    Each number is kept as soon as it is known, so that a break in the middle loses nothing.
    """
    found = await read_tags(gateway, account)
    async with unit() as ctx:
        numbers = await tags.numbers(ctx, account.appid)
    there = numbers_of(declared, numbers, found)
    for key, name in declared.items():
        number = there.get(key)
        if number is None:
            number = await _create(gateway, account, name)
        elif found[number].name != name:
            await ask(gateway, account, RENAME, {"tag": {"id": number, "name": name}})
        there[key] = number
        if numbers.get(key) != Numbered(name, number):
            async with unit() as ctx:
                await tags.keep_number(ctx, account.appid, key, name, number)
    for key, old in numbers.items():
        if key not in declared:
            if old.tag_id in found:
                gone = {"tag": {"id": old.tag_id}}
                await ask(gateway, account, DELETE, gone, fine=frozenset({GONE}))
            async with unit() as ctx:
                await tags.forget_number(ctx, account.appid, key)
    counts = {key: found[number].people if number in found else 0 for key, number in there.items()}
    async with unit() as ctx:
        await tags.tell_again(ctx, account.appid, counts)
    return there


async def _create(gateway: Gateway, account: Account, name: str) -> int:
    """A repeat after silence may find that the first call had worked."""
    answer = await ask(gateway, account, CREATE, {"tag": {"name": name}}, fine=frozenset({TAKEN}))
    if answer.errcode == TAKEN:
        found = await read_tags(gateway, account)
        return next(number for number, tag in found.items() if tag.name == name)
    return int(answer.data["tag"]["id"])


class Told(Enum):
    """How telling the platform ended."""

    ALL = auto()
    TAG_MISSING = auto()
    ANOTHERS_TURN = auto()


class TurnLost(Exception):
    """The call took longer than a turn lasts: another worker tells this person's tags anew."""


@dataclass(frozen=True)
class Teller:
    """One worker's turn at an account's tags.

    Two workers' calls for one person might overtake each other, and the platform keep what was
    said last by accident. So one tells, until nothing differs any more; what changes meanwhile
    it tells too, and whoever else comes leaves it to it.
    """

    gateway: Gateway
    account: Account
    unit: Unit
    turn: UUID

    async def start(self) -> bool:
        async with self.unit() as ctx:
            return await tags.take_turn(ctx, self.account.appid, self.turn)

    async def next(self, missing: Collection[int]) -> list[Batch] | None:
        """What differs now, and none: the turn is over. None: it is another worker's."""
        async with self.unit() as ctx:
            if not await tags.take_turn(ctx, self.account.appid, self.turn):
                return None
            found = await tags.waiting(ctx, self.account.appid)
            rest = [batch for batch in found if batch.tag_id not in missing]
            if not rest:
                await tags.end_turn(ctx, self.account.appid, self.turn)
            return rest

    async def give_up(self, *, today: bool) -> None:
        """Let others try; with today's calls used up nobody does before tomorrow."""
        end = tags.rest_today if today else tags.end_turn
        async with self.unit() as ctx:
            await end(ctx, self.account.appid, self.turn)

    async def tell(self, batch: Batch) -> bool:
        """One call; refused because of one follower, it is halved until that one is alone.

        False when the tag is missing on the platform.
        """
        body = {"openid_list": batch.openids, "tagid": batch.tag_id}
        path = PUT_ON if batch.on else TAKE_OFF
        answer = await ask(self.gateway, self.account, path, body, fine=PERSONAL | {GONE})
        if answer.errcode == GONE:
            return False
        if answer.errcode and len(batch.openids) > 1:
            middle = len(batch.openids) // 2
            halves = (batch.openids[:middle], batch.openids[middle:])
            told = [await self.tell(replace(batch, openids=half)) for half in halves]
            return all(told)
        async with self.unit() as ctx:
            if not await tags.take_turn(ctx, self.account.appid, self.turn):
                raise TurnLost
            if answer.errcode:
                await tags.note_refused(ctx, self.account.appid, batch, answer.errcode)
            else:
                await tags.note_told(ctx, self.account.appid, batch)
        return True


async def tell_followers(
    gateway: Gateway, account: Account, unit: Unit, prepare: Callable[[], Awaitable[None]]
) -> Told:
    """Put on and take off what the platform does not know yet, one worker at a time.

    `prepare` makes the tags that are new, in the same turn.
    """
    teller, missing = Teller(gateway, account, unit, new_id()), set[int]()
    try:
        if not await teller.start():
            return Told.ANOTHERS_TURN
        await prepare()
        while batches := await teller.next(missing):
            for batch in batches:
                for begin in range(0, len(batch.openids), TAGS_A_CALL):
                    few = replace(batch, openids=batch.openids[begin : begin + TAGS_A_CALL])
                    if not await teller.tell(few):
                        missing.add(batch.tag_id)
    except TurnLost:
        return Told.ANOTHERS_TURN
    except BaseException as exc:
        spent = isinstance(exc, SetupRefused) and exc.rule.halt is Halt.TODAY
        await teller.give_up(today=spent)
        raise
    if batches is None:
        return Told.ANOTHERS_TURN
    return Told.TAG_MISSING if missing else Told.ALL
