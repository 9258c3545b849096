"""What did a running or killed PostgreSQL server leave written in its data folder?"""

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from app.dev.processes import is_number_in_use, is_postgres_of

PID_FILE = "postmaster.pid"
PORT_LINE = 3
SOCKET_LINE = 4
STATUS_LINE = 7
PRIVATE_MODE = 0o700


@dataclass(frozen=True)
class Postmaster:
    """What a running server wrote into ``postmaster.pid``."""

    pid: int
    port: int
    socket_dir: str
    status: str

    @classmethod
    def read(cls, data_dir: Path) -> Self | None:
        """Read the file; None when it is absent or left by a server that is gone."""
        try:
            lines = [line.strip() for line in (data_dir / PID_FILE).read_text().splitlines()]
            pid = int(lines[0])
        except (OSError, ValueError, IndexError):
            return None
        if not is_postgres_of(pid, data_dir):
            return None
        if len(lines) <= STATUS_LINE:
            return cls(pid, 0, "", "starting")
        return cls(pid, int(lines[PORT_LINE]), lines[SOCKET_LINE], lines[STATUS_LINE])


def earlier_socket_dir(data_dir: Path) -> str:
    """Find the socket folder that a killed server used, while it is still private to the data's owner."""
    try:
        folder = Path((data_dir / PID_FILE).read_text().splitlines()[SOCKET_LINE].strip())
        found = folder.lstat()
    except (OSError, IndexError):
        return ""
    private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == PRIVATE_MODE
    return str(folder) if private and found.st_uid == data_dir.stat().st_uid else ""


def forget_dead_server(data_dir: Path, socket_lock: Path) -> None:
    """Remove the notes of a dead server whose number is in use: by another process, or by its own remains.

    PostgreSQL would take that for a running server. A number that nobody has is left to
    PostgreSQL itself, which in both cases looks for surviving children of the dead server.
    """
    for note in (data_dir / PID_FILE, socket_lock):
        try:
            pid = int(note.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            continue
        if is_number_in_use(pid) and not is_postgres_of(pid, data_dir):
            note.unlink()
