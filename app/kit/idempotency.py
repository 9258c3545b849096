"""How is the second of two identical requests answered like the first?

Key, body hash and stored answer commit together with the effect: a killed
process leaves neither a stuck key nor an effect without one (Stripe's scheme,
with the body compared).
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar, cast
from uuid import UUID

from fastapi import Header, Request, Response
from pydantic import BaseModel
from sqlalchemy import Index, delete, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.context import Ctx
from app.kit.db import Model, short
from app.kit.errors import OtherBody
from app.kit.hot import Hot
from app.kit.retention import Kept

KEPT = (
    Kept(
        "idempotency_key",
        "重复提交的编号和答复",
        "idempotency_key",
        "created_at < now() - make_interval(days => :days)",
        2,
        key="key",
    ),
)
Out = TypeVar("Out", bound=BaseModel)


class IdempotencyKey(Model):
    """One remembered request: scope is district, person and route."""

    __tablename__ = "idempotency_key"

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(short(120), primary_key=True)
    key: Mapped[str] = mapped_column(short(255), primary_key=True)
    body_hash: Mapped[str] = mapped_column(short(64))
    status: Mapped[int | None]
    answer: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index(None, "created_at"),)


# For hot statements. `CLAIMED` claims the key of `Keyed.values` in a WITH, after what `{after}`
# names (a lock that twins take first, so that they wait in one order); `IS_NEW` says whether
# nobody did before.
CLAIMED = """
claimed AS (
  INSERT INTO idempotency_key (district_id, person_id, route, key, body_hash)
  SELECT :district, cast(:once_person AS uuid), cast(:once_route AS text), cast(:once_key AS text),
    cast(:once_hash AS text) FROM {after}
  WHERE cast(:once_key AS text) IS NOT NULL
  ON CONFLICT DO NOTHING RETURNING key)"""
IS_NEW = "(cast(:once_key AS text) IS NULL OR EXISTS (SELECT 1 FROM claimed))"

_MINE = "district_id = :district AND person_id = :person AND route = :route AND key = :key"
_CLAIM = Hot(
    """
INSERT INTO idempotency_key (district_id, person_id, route, key, body_hash)
VALUES (:district, :person, :route, :key, :hash) ON CONFLICT DO NOTHING RETURNING key
"""
)
_RECALL = Hot(f"SELECT body_hash, status, answer FROM idempotency_key WHERE {_MINE}")  # noqa: S608 - our own condition
_REMEMBER = Hot(
    f"UPDATE idempotency_key SET status = :status, answer = cast(:answer AS jsonb) WHERE {_MINE}"  # noqa: S608 - our own condition
)

KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,255}$",
        description="同一编号的重复提交只生效一次，48 小时内返回同样的结果",
    ),
]


class AlreadyAnswered(Exception):
    """The key of a `Keyed` use case was claimed before: its stored answer is the answer."""


@dataclass(frozen=True)
class Keyed:
    """A key for a use case whose first hot statement claims it by `CLAIMED`; without one, nothing is."""

    person: UUID | None = None
    route: str | None = None
    key: str | None = None
    body_hash: str | None = None

    @property
    def values(self) -> dict[str, Any]:
        return {
            "once_person": self.person,
            "once_route": self.route,
            "once_key": self.key,
            "once_hash": self.body_hash,
        }


NO_KEY = Keyed()


class Once:
    """FastAPI dependency: runs a use case once per key and repeats its answer."""

    def __init__(self, request: Request, response: Response, key: KeyHeader = None) -> None:
        self._key = key
        self._response = response
        route = request.scope.get("route")
        self._route = f"{request.method} {getattr(route, 'path', '')}"
        self._path = request.url.path

    async def run(
        self,
        ctx: Ctx,
        body: BaseModel | None,
        use_case: Callable[[], Awaitable[Out]],
        status: int = 200,
    ) -> Out:
        """The answer of `use_case`, or the stored one; another body is `kit.idempotency_other_body`."""
        self._response.status_code = status
        if self._key is None or ctx.actor.person_id is None:
            return await use_case()
        mine = self._mine(ctx)
        body_hash = _hash(self._path, body)
        if not await _CLAIM.rows(ctx.conn, {**mine, "hash": body_hash}):
            return cast("Out", await self._recall(ctx, mine, body_hash))
        answer = await use_case()
        await _remember(ctx, mine, status, answer)
        return answer

    async def run_keyed(
        self,
        ctx: Ctx,
        body: BaseModel | None,
        use_case: Callable[[Keyed], Awaitable[Out]],
        status: int = 200,
    ) -> Out:
        """As `run`, for a use case that claims the key itself, in its first statement."""
        self._response.status_code = status
        keyed = self.keyed(ctx, body)
        if keyed.key is None or keyed.body_hash is None:
            return await use_case(keyed)
        mine = self._mine(ctx)
        try:
            answer = await use_case(keyed)
        except AlreadyAnswered:
            return cast("Out", await self._recall(ctx, mine, keyed.body_hash))
        await _remember(ctx, mine, status, answer)
        return answer

    def keyed(self, ctx: Ctx, body: BaseModel | None) -> Keyed:
        """The key of this request for this actor; `NO_KEY` without one."""
        if self._key is None or ctx.actor.person_id is None:
            return NO_KEY
        return Keyed(ctx.actor.person_id, self._route, self._key, _hash(self._path, body))

    def _mine(self, ctx: Ctx) -> dict[str, Any]:
        return {
            "district": ctx.district_id,
            "person": ctx.actor.person_id,
            "route": self._route,
            "key": self._key,
        }

    async def _recall(self, ctx: Ctx, mine: dict[str, Any], body_hash: str) -> Any:
        (stored,) = await _RECALL.rows(ctx.conn, mine)
        if stored.body_hash != body_hash:
            raise OtherBody
        self._response.headers["Idempotent-Replayed"] = "true"
        return stored.answer


# For a crowd: the keys come with their answers, after what they are about. One that exists is left out.
_REMEMBER_MANY = Hot(
    """
INSERT INTO idempotency_key (district_id, person_id, route, key, body_hash, status, answer)
SELECT :district, n.person, n.route, n.key, n.hash, :status, cast(n.answer AS jsonb)
FROM unnest(cast(:people AS uuid[]), cast(:routes AS text[]), cast(:keys AS text[]),
  cast(:hashes AS text[]), cast(:answers AS text[])) AS n(person, route, key, hash, answer)
ON CONFLICT DO NOTHING RETURNING key
"""
)


class KeyInUse(Exception):
    """A key of several was claimed by somebody else meanwhile: undo all, and ask each by itself."""


async def remember_many(ctx: Ctx, status: int, answers: Sequence[tuple[Keyed, BaseModel]]) -> None:
    """Store the answers of those that have a key; `KeyInUse` when one of them has an answer already."""
    kept = [(keyed, answer) for keyed, answer in answers if keyed.key is not None]
    if not kept:
        return
    values = {
        "district": ctx.district_id,
        "status": status,
        "people": [keyed.person for keyed, _ in kept],
        "routes": [keyed.route for keyed, _ in kept],
        "keys": [keyed.key for keyed, _ in kept],
        "hashes": [keyed.body_hash for keyed, _ in kept],
        "answers": [answer.model_dump_json() for _, answer in kept],
    }
    if len(await _REMEMBER_MANY.rows(ctx.conn, values)) < len(kept):
        raise KeyInUse


async def _remember(ctx: Ctx, mine: dict[str, Any], status: int, answer: BaseModel) -> None:
    await ctx.flush()
    stored = {"status": status, "answer": answer.model_dump_json()}
    await _REMEMBER.rows(ctx.conn, {**mine, **stored})


def _hash(path: str, body: BaseModel | None) -> str:
    dumped = body.model_dump(mode="json") if body is not None else None
    return hashlib.sha256(f"{path}\n{json.dumps(dumped, sort_keys=True)}".encode()).hexdigest()


async def forget_answers(ctx: Ctx, people: list[UUID]) -> None:
    """Drop the stored answers of these people: they may name a child that is being erased."""
    await ctx.conn.execute(
        delete(IdempotencyKey).where(
            IdempotencyKey.district_id == ctx.district_id, IdempotencyKey.person_id.in_(people)
        )
    )
