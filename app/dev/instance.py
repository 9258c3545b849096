"""Which system runs from this folder, and what did an earlier one leave behind?

``.data/run.lock`` is held by the one running launcher; ``.data/run.json`` says where
it is and which processes it started, so that a killed launcher's children are found.
"""

import contextlib
import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from app.dev.file_lock import LockedError, exclusive
from app.dev.postgres import find_running
from app.dev.processes import ProcessMark, end_processes
from app.dev.refusals import RefusalError

STOP_PATIENCE_SECONDS = 15.0
CHILD_PATIENCE_SECONDS = 3.0


@dataclass
class RunRecord:
    """The content of ``run.json``: the launcher, its address, the processes it started."""

    launcher: ProcessMark
    base_url: str
    children: list[ProcessMark] = field(default_factory=list)

    def note(self, folder: Path, children: list[ProcessMark]) -> None:
        """Remember which children run now."""
        self.children = children
        self.write(folder)

    def write(self, folder: Path) -> None:
        """Write it whole or not at all."""
        draft = folder / "run.json.new"
        draft.write_text(json.dumps(asdict(self)), encoding="utf-8")
        draft.replace(folder / "run.json")


def read_record(folder: Path) -> RunRecord | None:
    """Read the record of the running or of the last launcher; None when there is none."""
    try:
        found = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        children = [ProcessMark(**child) for child in found["children"]]
        return RunRecord(ProcessMark(**found["launcher"]), str(found["base_url"]), children)
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def only_instance(folder: Path, base_url: str) -> Iterator[RunRecord]:
    """Be the one launcher of this folder; ends what a killed one left running."""
    try:
        with exclusive(folder / "run.lock"):
            _end_leftovers(folder)
            record = RunRecord(ProcessMark.of(os.getpid()), base_url)
            record.write(folder)
            try:
                yield record
            finally:
                (folder / "run.json").unlink(missing_ok=True)
    except LockedError as error:
        record_now = read_record(folder)
        where = (
            f"（进程 {record_now.launcher.pid}），地址 {record_now.base_url} " if record_now else ""
        )
        raise RefusalError(
            f"这个文件夹里的系统已经在运行{where}：直接打开即可；要停止它，请到它的窗口按 Ctrl-C。"
        ) from error


def clear(folder: Path) -> bool:
    """Stop whatever runs from this folder and remove its data; tell whether there was any."""
    if not folder.exists():
        return False
    record = read_record(folder)
    if record is not None and record.launcher.is_running():
        with contextlib.suppress(OSError):
            os.kill(record.launcher.pid, signal.SIGTERM)
    try:
        with exclusive(folder / "run.lock", STOP_PATIENCE_SECONDS):
            _end_leftovers(folder)
            cluster = find_running(folder / "pg")
            if cluster is not None:
                cluster.stop()
    except LockedError as error:
        raise RefusalError(
            "正在运行的系统停不下来：请先到它的窗口按 Ctrl-C，再运行一次。"
        ) from error
    _remove(folder)
    return True


def _end_leftovers(folder: Path) -> None:
    record = read_record(folder)
    if record is not None:
        end_processes(record.children, CHILD_PATIENCE_SECONDS)


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise RefusalError(
            f"删不掉 {folder}（{error.strerror}）：请用当初启动系统的用户运行，或手工删除它。"
        ) from error
