"""The whole product as a newcomer starts it: launcher, web, worker, simulator, PostgreSQL."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.bookings.race import ROOT
from tests.ports import free_port

# What `python -m app.dev run` does, in a folder and on a port of the test's own.
START = """
import os, sys
from pathlib import Path
from app.dev.launch import Place, accept_stop_signals, demo_plan, launch
accept_stop_signals()
place = Place(Path(sys.argv[1]), int(sys.argv[2]))
try:
    launch(place, demo_plan(place), os.environ)
except KeyboardInterrupt:
    sys.exit(0)
"""


@dataclass
class System:
    """A started system; `demo` is its demo.json."""

    folder: Path
    port: int
    process: subprocess.Popen[str]

    @property
    def demo(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "demo.json").read_text())
        return found

    def story(self, *chapters: str, patience: int = 90) -> subprocess.CompletedProcess[str]:
        """Tell these chapters of the story, or all."""
        demo = str(self.folder / "demo.json")
        command = [sys.executable, "-m", "app.dev", "story", demo, *chapters]
        environment = {**os.environ, "STORY_PATIENCE": str(patience)}
        return subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def pids(self, word: str) -> list[int]:
        """Processes of this system whose command line holds a word."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                environment = (entry / "environ").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if word in words and f"BASE_URL=http://127.0.0.1:{self.port}\0" in environment:
                found.append(int(entry.name))
        return found

    def sim(self, path: str, **body: Any) -> Any:
        answer = httpx.post(
            f"{self.demo['simulator_url']}/sim/api/{path}", json=body, timeout=30, trust_env=False
        )
        return answer.raise_for_status().json()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


@contextmanager
def started(folder: Path) -> Iterator[System]:
    """Start it and wait for the line that says so; stop it whatever happens."""
    port = free_port()
    command = [sys.executable, "-c", START, str(folder), str(port)]
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    log = (folder.parent / f"{folder.name}.log").open("w+")
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, text=True
    )
    try:
        deadline = time.monotonic() + 120
        while "系统已启动" not in Path(log.name).read_text():
            assert process.poll() is None, Path(log.name).read_text()
            assert time.monotonic() < deadline, Path(log.name).read_text()
            time.sleep(0.2)
        yield System(folder, port, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(30)
        log.close()
