"""How does a package say what happened without knowing who cares?"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.kit.context import Ctx


@dataclass(frozen=True)
class Fact:
    """Something that has happened in this transaction. Subclasses carry ids and moments."""


Handler = Callable[["Ctx", Any], Awaitable[None]]
Wiring = Mapping[type[Fact], Sequence[Handler]]
