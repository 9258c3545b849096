"""How do two processes that must not do the same thing at once keep apart?

A lock of the operating system on an open file: it ends with its process, however
that dies, so nothing stale is left behind.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class LockedError(Exception):
    """Somebody else holds the lock."""


def _take(file: TextIO) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def exclusive(path: Path, patience: float = 0.0) -> Iterator[None]:
    """Hold the lock on ``path`` inside the block; LockedError when it is not free within ``patience`` seconds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + patience
    with path.open("a+", encoding="utf-8") as file:
        while not _take(file):
            if time.monotonic() >= deadline:
                raise LockedError(str(path))
            time.sleep(0.05)
        yield
