"""How does work that nobody waits for leave room to those who do wait?"""

import asyncio
from dataclasses import dataclass, field
from time import monotonic


@dataclass
class Leisure:
    """Rests between the portions of a long work, in proportion to the time each took.

    On two processors a portion of 60 ms in the database made families that booked meanwhile wait as
    long (measured): portions are small, and others come in between.
    """

    rests: float = 1.0  # times the time worked
    left: float = 900.0  # seconds, in all at most so long
    _since: float = field(default_factory=monotonic)

    async def rest(self) -> None:
        pause = min((monotonic() - self._since) * self.rests, self.left)
        if pause > 0:
            self.left -= pause
            await asyncio.sleep(pause)
        self._since = monotonic()
