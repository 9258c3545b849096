"""What does a handler get? One push, one account, one unit of work."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.channels.accounts import Account
from app.kit.context import Ctx
from app.notifications.kinds import Kind
from app.people.errors import Unbound
from wechat.events import Push


@dataclass(frozen=True)
class Turn:
    """A push of somebody's phone. `ctx.actor.person_id` is None when nobody is bound to it."""

    ctx: Ctx
    account: Account
    push: Push
    tapped: Mapping[str, Kind]  # subscription template of the account → kind
    base_url: str = ""  # where our own pages are

    def require_bound(self) -> None:
        """Refuse (`people.unbound`) with the sentence that says how to bind."""
        if self.ctx.actor.person_id is None:
            raise Unbound
