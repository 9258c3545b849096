"""As which system user does the private PostgreSQL run?

PostgreSQL refuses to run as root, and newcomers in containers are root. Then it runs
as the user that already owns the data folder, else as ``postgres``, else as ``nobody``.
Everybody else runs it as themselves.
"""

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

if sys.platform != "win32":
    import pwd

CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """The user, group and home that PostgreSQL's programs run with; None: our own."""

    uid: int | None = None
    gid: int | None = None

    def own(self, path: Path) -> None:
        """Hand a file or folder to this account."""
        if sys.platform != "win32" and self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def run(self, argv: Sequence[object], timeout: float) -> tuple[int, str]:
        """Run a program as this account from the root folder; give its exit code and what it printed.

        The output goes through a file: a server that a program leaves behind would hold a pipe open.
        """
        env = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        env.update(LC_ALL="C", TZ="UTC")
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            result = subprocess.run(
                [str(word) for word in argv],
                cwd=Path(str(argv[0])).anchor,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=self.uid,
                group=self.gid,
                extra_groups=None if self.uid is None else [],
                timeout=timeout,
                check=False,
            )
            output.seek(0)
            return result.returncode, output.read()


def account_for(data_dir: Path) -> Account:
    """Choose the account for a data folder; see the module's rule."""
    if sys.platform != "win32" and os.geteuid() == 0:
        if data_dir.exists() and (owner := data_dir.stat()).st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
        known = {entry.pw_name: entry for entry in pwd.getpwall()}
        for name in CANDIDATES:
            if name in known:
                return Account(known[name].pw_uid, known[name].pw_gid)
    return Account()


def open_path(folder: Path) -> None:
    """Let everybody pass through (not list) the folders that lead to this one."""
    for parent in folder.resolve().parents:
        mode = stat.S_IMODE(parent.stat().st_mode)
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXGRP | stat.S_IXOTH)


def open_tree(folder: Path) -> None:
    """Let everybody read a program's files; for packages installed with a narrow umask."""
    for path in (folder, *folder.rglob("*")):
        if path.is_symlink():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        wanted = mode | stat.S_IRGRP | stat.S_IROTH
        if path.is_dir() or mode & stat.S_IXUSR:
            wanted |= stat.S_IXGRP | stat.S_IXOTH
        if wanted != mode:
            path.chmod(wanted)
