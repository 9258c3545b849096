"""How are those served who come while others are being served? Together, at once.

Nobody waits for company: who comes alone is served alone. In a rush the work of one transaction
is shared by all who came during the one before (docs/architecture.md has the figures).
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

One = TypeVar("One")
Out = TypeVar("Out")
# One crowd of a place is served at a time: two would be smaller, and wait for each other in the
# database (measured). Only behind one that is held up, by somebody else's lock, the next sets out.
HELD_UP = 0.5  # seconds
AT_ONCE = 3
LARGEST = 50


@dataclass
class _Waiting:
    one: Any
    marks: frozenset[Hashable]
    answer: "asyncio.Future[Any]"


@dataclass
class _Place:
    """Who waits at one place, in the order of arrival."""

    queue: deque[_Waiting] = field(default_factory=deque)
    # Since when each task has been serving its crowd.
    serving: dict["asyncio.Task[None] | None", float] = field(default_factory=dict)

    def has_room(self, now: float) -> bool:
        held_up = all(now - since > HELD_UP for since in self.serving.values())
        return held_up and len(self.serving) < AT_ONCE

    def next_crowd(self) -> list[_Waiting]:
        """The longest waiting; who shares a mark with one of them comes with the next."""
        crowd: list[_Waiting] = []
        later: list[_Waiting] = []
        marks: set[Hashable] = set()
        while self.queue and len(crowd) < LARGEST:
            one = self.queue.popleft()
            if marks & one.marks:
                later.append(one)
            else:
                crowd.append(one)
            marks |= one.marks
        self.queue.extendleft(reversed(later))
        return crowd


class Crowds:
    """The crowds of one process, by place."""

    def __init__(self) -> None:
        self._places: dict[Hashable, _Place] = {}

    async def serve(
        self,
        place: Hashable,
        one: One,
        marks: frozenset[Hashable],
        together: Callable[[Sequence[One]], Awaitable[Sequence[Out | Exception]]],
    ) -> Out:
        """The answer of `together` for this one, or its exception.

        Two that share a mark are never in the same crowd. An exception that `together` raises is
        everybody's.
        """
        here = self._places.setdefault(place, _Place())
        loop = asyncio.get_running_loop()
        waiting = _Waiting(one, marks, loop.create_future())
        here.queue.append(waiting)
        if here.has_room(loop.time()):
            task = loop.create_task(self._work(place, here, together))
            here.serving[task] = loop.time()
        found: Out = await waiting.answer
        return found

    async def _work(
        self,
        place: Hashable,
        here: _Place,
        together: Callable[[Sequence[Any]], Awaitable[Sequence[Any]]],
    ) -> None:
        me, loop = asyncio.current_task(), asyncio.get_running_loop()
        try:
            while here.queue:
                here.serving[me] = loop.time()
                await _serve(here.next_crowd(), together)
        finally:
            here.serving.pop(me, None)
            if not here.serving and not here.queue:
                self._places.pop(place, None)


async def _serve(
    crowd: list[_Waiting], together: Callable[[Sequence[Any]], Awaitable[Sequence[Any]]]
) -> None:
    answers: Sequence[Any]
    try:
        answers = await together([waiting.one for waiting in crowd])
    except Exception as exc:  # noqa: BLE001 - it is answered to everybody
        answers = [exc] * len(crowd)
    for waiting, answer in zip(crowd, answers, strict=True):
        if waiting.answer.done():  # whoever asked has gone
            continue
        if isinstance(answer, Exception):
            waiting.answer.set_exception(answer)
        else:
            waiting.answer.set_result(answer)
