"""How does the state survive a restart?"""

import asyncio
import os
import tempfile
from pathlib import Path

from wechat.simulator.world import World

SAVE_INTERVAL_SECONDS = 1.0


class Store:
    """Writes the world to one file, whole or not at all, and only when it changed."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._written = ""

    def load(self) -> World | None:
        if self._path is None or not self._path.exists():
            return None
        self._written = self._path.read_text(encoding="utf-8")
        return World.model_validate_json(self._written)

    def save(self, world: World) -> None:
        """The file holds access tokens, so only its owner may read it (mkstemp: 0600)."""
        if self._path is None or (text := world.model_dump_json()) == self._written:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        Path(draft).replace(self._path)
        self._written = text

    async def save_regularly(self, world: World) -> None:
        while self._path is not None:
            await asyncio.sleep(SAVE_INTERVAL_SECONDS)
            self.save(world)
