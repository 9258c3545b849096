"""W8: from nothing to the first page, second start, migrations, memory of web and worker.

Prints figures; compare runs on one quiet machine only.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from tests.bookings.race import ROOT
from tests.flows.system import System, started
from tests.ports import free_port


def pss_mb(pid: int) -> float:
    """Memory a process answers for: its own pages and its share of what it shares."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise LookupError(pid)


def from_nothing() -> float:
    """Clone, one command, first page; with whatever the package caches of this machine hold."""
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder) / "clone"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(checkout)], check=True)
        port = free_port()
        began = time.monotonic()
        process = subprocess.Popen(
            [shutil.which("python3") or sys.executable, "run.py"],
            cwd=checkout,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder, "PORT": str(port)},
            stdout=subprocess.DEVNULL,
        )
        try:
            while True:
                try:
                    if httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).is_success:
                        return time.monotonic() - began
                except httpx.TransportError:
                    time.sleep(0.1)
                if process.poll() is not None:
                    raise SystemExit("run.py ended before its first page")
        finally:
            process.send_signal(2)
            process.wait(30)


def starts(folder: Path) -> tuple[float, float, list[float]]:
    began = time.monotonic()
    with started(folder) as first:
        cold = time.monotonic() - began
        assert first.story().returncode == 0
        memory = memory_of(first)
    began = time.monotonic()
    with started(folder):
        return cold, time.monotonic() - began, memory


def memory_of(system: System) -> list[float]:
    return [pss_mb(system.pids(word)[0]) for word in ("serve", "worker")]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        cold, warm, (web, worker) = starts(Path(folder) / "d")
    print(f"nothing -> first page   {from_nothing():6.1f} s   (target 60)")
    print(f"first start, env ready  {cold:6.1f} s")
    print(f"second start            {warm:6.1f} s   (target 8)")
    print(f"web {web:.0f} MB + worker {worker:.0f} MB = {web + worker:.0f} MB PSS   (target 250)")


if __name__ == "__main__":
    main()
