"""What do the tests need besides Python packages, and how are they run?"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.dev.assets import ensure_assets
from app.dev.postgres import find_running
from app.dev.processes import free_memory, is_number_in_use
from app.dev.refusals import RefusalError
from app.dev.terminal import say

ROOT = Path(__file__).resolve().parents[2]
BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe",
)
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", str(Path.home() / ".fonts"))
FONT_FILES = ("*wqy*", "*[cC][jJ][kK]*", "*uming*", "*ukai*", "*SourceHan*", "*DroidSansFallback*")
DEBIAN_MARK = Path("/etc/debian_version")
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
MEMORY_NAME, DATA_VARIABLE = "wuchuang-tests-", "TESTS_DATA"
NEEDED_FILES, NEEDED_MEMORY = 4 * 1024**3, 8 * 1024**3
PARALLEL = ("-n", "2", "--dist", "loadfile")
OWN_CHOICE = (
    "-n",
    "--numprocesses",
    "--dist",
    "--pdb",
    "--trace",
    "--collect-only",
    "--co",
    "no:xdist",
)


def find_browser() -> Path | None:
    """Find the Chrome or Chromium of this machine."""
    found = next((path for name in BROWSER_NAMES if (path := shutil.which(name))), None)
    places = [found] if found else BROWSER_PLACES
    return next((Path(place) for place in places if Path(place).exists()), None)


def has_chinese_font() -> bool:
    """Tell whether the browser can draw Chinese; macOS and Windows always can."""
    if sys.platform != "linux":
        return True
    if shutil.which("fc-list"):
        listed = subprocess.run(
            ["fc-list", ":lang=zh"], capture_output=True, text=True, check=False
        )
        return bool(listed.stdout.strip())
    return any(
        next(Path(folder).rglob(name), None) for folder in FONT_FOLDERS for name in FONT_FILES
    )


def ensure_browser() -> None:
    """Make sure there is a browser and a Chinese font, or refuse in one line."""
    missing = [] if find_browser() else ["chromium"]
    if not has_chinese_font():
        missing.append("fonts-wqy-microhei")
    if not missing:
        return
    packages = " ".join(missing)
    is_root = sys.platform != "win32" and os.geteuid() == 0
    if not (is_root and DEBIAN_MARK.exists()):
        raise RefusalError(
            f"浏览器测试还缺少 {packages}：请先安装（Debian/Ubuntu：sudo apt-get install {packages}），再运行一次。"
        )
    say(f"② 安装浏览器测试所需的 {packages}…（约 1 分钟）")
    apt_get("update")
    apt_get("install", "-y", "--no-install-recommends", *missing)


def apt_get(*words: str) -> None:
    """Run apt-get quietly; refuse in one line when it fails."""
    argv = ["apt-get", "-qq", *words]
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    result = subprocess.run(
        argv, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if result.returncode:
        lines = (result.stderr or result.stdout).strip().splitlines() or ["没有说明原因"]
        raise RefusalError(
            f"“apt-get {' '.join(words)}”没有成功（{lines[-1]}）：请检查网络和磁盘空间，再运行一次。"
        )


def pytest_arguments(arguments: Sequence[str]) -> list[str]:
    """Run files in two processes unless the arguments say how to run."""
    chosen = any(word.startswith(OWN_CHOICE) for word in arguments)
    return [*(() if chosen else PARALLEL), *arguments]


@contextmanager
def in_memory() -> Iterator[dict[str, str]]:
    """Variables that send the tests' databases and files into memory, where there is enough of it.

    Each test's database is nine hundred files, and to make one takes half a millisecond on some
    disks. Nothing is left behind; what a killed run left is removed by the next.
    """
    there = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= NEEDED_FILES
    if not there or free_memory() < NEEDED_MEMORY:
        yield {}
        return
    for left in MEMORY.glob(f"{MEMORY_NAME}*"):
        if not is_number_in_use(int(left.name.removeprefix(MEMORY_NAME))):
            _clear(left)
    folder = MEMORY / f"{MEMORY_NAME}{os.getpid()}"
    folder.mkdir()
    try:
        yield {"PYTEST_DEBUG_TEMPROOT": str(folder), **os.environ, DATA_VARIABLE: str(folder)}
    finally:
        _clear(folder)


def _clear(folder: Path) -> None:
    for data in folder.glob("pg*"):
        if data.is_dir() and (cluster := find_running(data)) is not None:
            cluster.stop("immediate")
    shutil.rmtree(folder, ignore_errors=True)


def main(arguments: Sequence[str]) -> int:
    """Run pytest; its closing line is the last line, its exit code is ours."""
    ensure_assets()
    ensure_browser()
    argv = [sys.executable, "-m", "pytest", *pytest_arguments(arguments)]
    with in_memory() as variables:
        env = {**os.environ, **variables}
        return subprocess.run(argv, cwd=ROOT, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
