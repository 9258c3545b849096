"""Who is acting, when, for which district, on which transaction?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.kit.clock import school_day
from app.kit.errors import DomainError, Forbidden, Unauthenticated
from app.kit.events import Fact, Wiring


@dataclass(frozen=True)
class Reach:
    """How far a permission goes: the whole district, or some organizations, classes or sessions."""

    district: bool = False
    organizations: frozenset[UUID] = frozenset()
    classes: frozenset[UUID] = frozenset()
    sessions: frozenset[UUID] = frozenset()

    def covers(self, organization_id: UUID | None) -> bool:
        return self.district or organization_id in self.organizations


NOWHERE = Reach()


@dataclass(frozen=True)
class Actor:
    """Whoever is behind the request; `person_id` is None for the system itself.

    `hindered`: why this login may do nothing yet. `unproved`: why it may do nothing
    dangerous now. `api_key_id`: a program acts with a key that this person issued.
    `door_link_id`: a volunteer without an account, known by the device bound to this link.
    """

    district_id: UUID
    person_id: UUID | None
    channel: str
    permissions: Mapping[str, Reach] = field(default_factory=dict)
    pupil_ids: frozenset[UUID] = frozenset()
    login_session_id: UUID | None = None
    api_key_id: UUID | None = None
    door_link_id: UUID | None = None
    hindered: type[DomainError] | None = None
    unproved: type[DomainError] | None = None

    @property
    def is_known(self) -> bool:
        """A person, the system itself, or the bound device of a volunteer."""
        return (
            self.person_id is not None or self.door_link_id is not None or self.channel == "system"
        )


@dataclass
class Ctx:
    """One connection, one transaction, one actor.

    Whoever opened it commits; services never do. `conn` is for statements
    built once (hot paths), `db` for everything else; both share the transaction.
    """

    conn: AsyncConnection
    actor: Actor
    now: datetime
    wiring: Wiring
    request_id: str = ""

    @cached_property
    def db(self) -> AsyncSession:
        # "rollback_only": the session must not open a savepoint of its own inside an edge's savepoint.
        return AsyncSession(
            bind=self.conn, expire_on_commit=False, join_transaction_mode="rollback_only"
        )

    @property
    def district_id(self) -> UUID:
        return self.actor.district_id

    @property
    def today(self) -> date:
        return school_day(self.now)

    def reach(self, permission: str) -> Reach:
        """How far the actor's permission goes; `NOWHERE` when it has none."""
        return self.actor.permissions.get(permission, NOWHERE)

    def require(self, permission: str) -> Reach:
        """Refuse unless the actor holds the permission somewhere; says how far it goes."""
        if not self.actor.is_known:
            raise Unauthenticated
        if self.actor.hindered is not None:
            raise self.actor.hindered
        if permission not in self.actor.permissions:
            raise Forbidden
        return self.actor.permissions[permission]

    def require_proof(self) -> None:
        """Refuse a dangerous act unless the person proved itself a short while ago."""
        if self.actor.unproved is not None:
            raise self.actor.unproved

    async def emit(self, fact: Fact) -> None:
        """Run the handlers of this fact now, inside the same transaction."""
        for handler in self.wiring.get(type(fact), ()):
            await handler(self, fact)

    async def flush(self) -> None:
        """Send pending ORM changes; needed before a hot-path statement reads them."""
        if "db" in self.__dict__:
            await self.db.flush()
