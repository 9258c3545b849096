"""Which backup files are there, which is the newest good one, and which may go?"""

import asyncio
from datetime import datetime
from pathlib import Path

from app.kit.errors import DomainError
from app.upkeep.rules import moment_of, superfluous
from app.upkeep.service.archive import opened_backup


def find_backups(folder: Path) -> dict[datetime, Path]:
    """Our backups in a folder, newest first; other files are not ours to count or delete."""
    found = {
        moment: path
        for path in (folder.iterdir() if folder.is_dir() else ())
        if (moment := moment_of(path.name)) is not None
    }
    return dict(sorted(found.items(), reverse=True))


def is_whole(path: Path, key: str | None) -> bool:
    """Whether the file opens with our key and its sum holds."""
    try:
        with opened_backup(path, key):
            return True
    except DomainError:
        return False


async def rotate(folder: Path, key: str | None, now: datetime) -> list[Path]:
    """Delete what the rules let go; without one good backup nothing is deleted at all."""
    found = find_backups(folder)
    for moment, path in found.items():
        if await asyncio.to_thread(is_whole, path, key):
            gone = [found[old] for old in sorted(superfluous(found, now, moment), reverse=True)]
            for old in gone:
                old.unlink(missing_ok=True)
            return gone
    return []
