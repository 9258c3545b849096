"""How are the processes of a running system started, watched and stopped?

Each child writes to its own log and sits in its own process group, so that a Ctrl-C
reaches the launcher only and the order of stopping is the launcher's.
"""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from app.dev.processes import ProcessMark
from app.dev.refusals import RefusalError
from app.dev.terminal import say

STOP_SECONDS = 3.0
READY_SECONDS = 60.0
HOPELESS_STARTS = 3
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
HTTP_OK = 200
WINDOWS = sys.platform == "win32"


@dataclass(frozen=True)
class Service:
    """One child: its log's name, what the operator calls it, how it is started, how it shows that it is ready."""

    name: str
    title: str
    argv: tuple[str, ...]
    ready_url: str = ""


@dataclass
class Child:
    """A service with its process and the history of its restarts."""

    service: Service
    process: subprocess.Popen[bytes]
    started: float
    failures: int = 0
    due: float | None = None


@dataclass
class Supervisor:
    """Starts services, restarts the ones that die, and stops them all."""

    root: Path
    log_dir: Path
    environment: Mapping[str, str]
    on_change: Callable[[list[ProcessMark]], None]
    children: list[Child] = field(default_factory=list)

    def start(self, service: Service) -> None:
        """Start one service."""
        self.children.append(Child(service, self._spawn(service), time.monotonic()))
        self._report()

    def wait_ready(self) -> None:
        """Wait until every service answers; refuse when one cannot get up."""
        deadline = time.monotonic() + READY_SECONDS
        for child in self.children:
            while not self._is_ready(child):
                self.look_after()
                if time.monotonic() > deadline or child.failures >= HOPELESS_STARTS:
                    log = self._log(child.service)
                    raise RefusalError(
                        f"{child.service.title}没有启动成功：请查看 {log} 的最后几行，改正后再运行一次。"
                    )
                time.sleep(0.1)

    def look_after(self) -> None:
        """Restart what has died, waiting longer after each failure in a row."""
        now = time.monotonic()
        for child in self.children:
            if child.due is not None:
                if now >= child.due:
                    child.process, child.started, child.due = self._spawn(child.service), now, None
                    self._report()
            elif (code := child.process.poll()) is not None:
                child.failures = 1 if now - child.started > STEADY_SECONDS else child.failures + 1
                pause = min(FIRST_PAUSE_SECONDS * 2 ** (child.failures - 1), LONGEST_PAUSE_SECONDS)
                child.due = now + pause
                log = self._log(child.service)
                say(
                    f"{child.service.title}意外退出（代码 {code}），{pause:g} 秒后自动重启；详情见 {log}"
                )

    def stop(self) -> None:
        """Ask all children to end, and kill what remains after a few seconds."""
        for child in reversed(self.children):
            _signal_group(child.process, force=False)
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal_group(child.process, force=True)
                child.process.wait()
        self.children.clear()

    def _spawn(self, service: Service) -> subprocess.Popen[bytes]:
        self.log_dir.mkdir(parents=True, exist_ok=True)
        with self._log(service).open("ab") as log:
            return subprocess.Popen(
                service.argv,
                cwd=self.root,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=not WINDOWS,
            )

    def _log(self, service: Service) -> Path:
        return self.log_dir / f"{service.name}.log"

    def _report(self) -> None:
        self.on_change([ProcessMark.of(child.process.pid) for child in self.children])

    @staticmethod
    def _is_ready(child: Child) -> bool:
        if child.due is not None or child.process.poll() is not None:
            return False
        return not child.service.ready_url or answers(child.service.ready_url)


def answers(url: str) -> bool:
    """Tell whether GET gives 200, straight and without any proxy."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=2)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status == HTTP_OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _signal_group(process: subprocess.Popen[bytes], *, force: bool) -> None:
    """End a child together with the processes it started itself."""
    try:
        if sys.platform == "win32":
            process.kill() if force else process.terminate()
        else:
            os.killpg(process.pid, signal.SIGKILL if force else signal.SIGTERM)
    except OSError:
        return
