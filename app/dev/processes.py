"""Is this process still the one we started, and how is it ended?

A number alone does not name a process: after a restart of the machine it may belong
to somebody else. So a process is remembered as number and start time.
"""

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil  # type: ignore[import-untyped]  # it ships no annotations; used in this file only


@dataclass(frozen=True)
class ProcessMark:
    """A process that can be recognised later: its number and when it started."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> Self:
        """Mark a process that runs now; one that is gone gets a mark that never matches."""
        try:
            return cls(pid, float(psutil.Process(pid).create_time()))
        except psutil.Error:
            return cls(pid, 0.0)

    def is_running(self) -> bool:
        """Tell whether exactly this process still runs (a finished, unreaped one does not)."""
        try:
            process = psutil.Process(self.pid)
            same = abs(float(process.create_time()) - self.started) < 1.0
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False


def end_processes(marks: list[ProcessMark], patience: float) -> None:
    """Ask these processes and their children to end, and kill what remains after ``patience`` seconds."""
    family: list[psutil.Process] = []
    for mark in marks:
        if mark.is_running():
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(mark.pid)
                family += [process, *process.children(recursive=True)]
    for process in family:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, alive = psutil.wait_procs(family, timeout=patience)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=2)


def free_memory() -> int:
    """Bytes that processes may still take without pushing others out."""
    return int(psutil.virtual_memory().available)


def is_number_in_use(pid: int) -> bool:
    """Tell whether any process has this number, even one that ended and was not collected yet."""
    return bool(psutil.pid_exists(pid))


def is_postgres_of(pid: int, data_dir: Path) -> bool:
    """Tell whether this number is a PostgreSQL server of this data folder, and not a later stranger."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE or not process.name().startswith("postgres"):
            return False
        return Path(process.cwd()).resolve() == data_dir.resolve()
    except psutil.AccessDenied:
        return True
    except (psutil.Error, OSError):
        return False
