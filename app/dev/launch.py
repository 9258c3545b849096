"""How does one command bring the whole system up on a newcomer's machine?

PostgreSQL, migrations, demonstration data, then web, worker and WeChat simulator;
everything that was started is stopped again by Ctrl-C.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from app.dev.assets import ensure_assets
from app.dev.instance import only_instance
from app.dev.postgres import start_cluster
from app.dev.refusals import RefusalError
from app.dev.services import Service, Supervisor
from app.dev.terminal import in_columns, say

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "wuchuang"
DEFAULT_PORT = 8000
HIGHEST_PORT = 65_534
STOP_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


@dataclass(frozen=True)
class Step:
    """One program that must succeed before the services start."""

    title: str
    argv: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What a start consists of: steps in order, then services that stay."""

    steps: tuple[Step, ...]
    services: tuple[Service, ...]


@dataclass(frozen=True)
class Place:
    """Where a start keeps its data, and at which two addresses it is found."""

    folder: Path
    port: int

    @property
    def base_url(self) -> str:
        """Give the address of the web pages."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def simulator_url(self) -> str:
        """Give the address of the WeChat simulator."""
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def demo_file(self) -> Path:
        """Name the file that lists addresses and logins."""
        return self.folder / "demo.json"


def demo_plan(place: Place) -> Plan:
    """Give the plan of ``python3 run.py``."""
    cli = (sys.executable, "-m", "app.cli")
    addresses = ("--base-url", place.base_url, "--simulator-url", place.simulator_url)
    simulator = ("--demo", str(place.demo_file), "--port", str(place.port + 1))
    state = ("--state", str(place.folder / "simulator.json"))
    serve = ("serve", "--port", str(place.port), "--workers", "1")
    return Plan(
        steps=(
            Step("③ 建立数据表…", (*cli, "migrate")),
            Step(
                "④ 载入演示学区…（第一次约 20 秒）",
                (*cli, "demo", *addresses, "--out", str(place.demo_file)),
            ),
        ),
        services=(
            Service("web", "网页服务", (*cli, *serve), f"{place.base_url}/readyz"),
            Service("worker", "后台服务", (*cli, "worker")),
            Service(
                "simulator",
                "微信模拟器",
                (sys.executable, "-m", "wechat.simulator", *simulator, *state),
                f"{place.simulator_url}/",
            ),
        ),
    )


def launch(place: Place, plan: Plan, environment: Mapping[str, str], root: Path = ROOT) -> None:
    """Start everything, say where it is, and keep it running until somebody stops it."""
    with ExitStack() as stack:
        record = stack.enter_context(only_instance(place.folder, place.base_url))
        for port in (place.port, place.port + 1):
            check_port(port)
        url = stack.enter_context(database(place.folder, environment))
        env = {
            **environment,
            "DATABASE_URL": url,
            "DEMO": "1",
            "COOL_DOWN_SECONDS": "15",  # ten minutes would be the end of every demonstration
            "BASE_URL": place.base_url,
            "WECHAT_API_BASE": place.simulator_url,
        }
        for step in plan.steps:
            take_step(step, env, root, place.folder / "logs" / "start.log")
        say("⑤ 启动网页、后台和微信模拟器…")
        supervisor = Supervisor(
            root, place.folder / "logs", env, lambda marks: record.note(place.folder, marks)
        )
        stack.callback(stop_children, supervisor)
        for service in plan.services:
            supervisor.start(service)
        supervisor.wait_ready()
        announce(place)
        while True:
            supervisor.look_after()
            time.sleep(0.5)


def stop_children(supervisor: Supervisor) -> None:
    """Stop the children, undisturbed by a second Ctrl-C."""
    ignore_stop_signals()
    say("正在停止…")
    supervisor.stop()


@contextmanager
def database(folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Give a database: the one in DATABASE_URL, else a private one that stops with the block."""
    if given := environment.get("DATABASE_URL", ""):
        url = driver_url(given)
        say("② 连接 DATABASE_URL 指定的数据库…")
        check_database(url, environment)
        yield url
        return
    say("② 启动数据库（PostgreSQL）…")
    cluster = start_cluster(folder / "pg")
    try:
        if not cluster.has_database(DATABASE):
            cluster.create_database(DATABASE)
        yield cluster.url(DATABASE)
    finally:
        ignore_stop_signals()
        cluster.stop()


def driver_url(given: str) -> str:
    """Give a PostgreSQL address, in any usual spelling, the form that our driver understands."""
    scheme, separator, rest = given.partition("://")
    if not separator or scheme.partition("+")[0] not in {"postgresql", "postgres"}:
        raise RefusalError(
            "DATABASE_URL 只能是 PostgreSQL：应当像 postgresql://用户:密码@主机:5432/库名。"
        )
    address, _, query = rest.partition("?")
    options = [("ssl" if key == "sslmode" else key, value) for key, value in parse_qsl(query)]
    return f"postgresql+asyncpg://{address}" + (f"?{urlencode(options)}" if options else "")


def check_database(url: str, environment: Mapping[str, str]) -> None:
    """Refuse in one sentence when the given database cannot be used."""
    argv = [sys.executable, "-m", "app.dev.database_url"]
    env = {**environment, "DATABASE_URL": url, "PYTHONUTF8": "1"}
    result = subprocess.run(
        argv, cwd=ROOT, env=env, capture_output=True, encoding="utf-8", check=False
    )
    if result.returncode:
        raise RefusalError(
            result.stdout or "DATABASE_URL 指定的数据库不能使用：请检查地址，再运行一次。"
        )


def check_port(port: int) -> None:
    """Refuse when somebody already listens on this port."""
    with socket.socket() as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise RefusalError(
                f"端口 {port} 已被别的程序占用：请关闭那个程序，或换一个端口，例如 PORT={port + 100} python3 run.py。"
            ) from error


def port_from(environment: Mapping[str, str]) -> int:
    """Read PORT; the simulator takes the next one."""
    given = environment.get("PORT", "").strip() or str(DEFAULT_PORT)
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= HIGHEST_PORT:
        raise RefusalError(f"PORT 应当是 1 到 {HIGHEST_PORT} 之间的数字，现在是“{given}”。")
    return int(given)


def take_step(step: Step, env: Mapping[str, str], root: Path, log: Path) -> None:
    """Run one step; its output goes to a log, its failure is one sentence."""
    say(step.title)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        argv, quiet = step.argv, subprocess.DEVNULL
        result = subprocess.run(
            argv, cwd=root, env=env, stdin=quiet, stdout=output, stderr=output, check=False
        )
    if result.returncode:
        what = step.title.split("…")[0][1:].strip()
        raise RefusalError(
            f"“{what}”没有成功：请查看 {log} 的最后几行；演示数据可以用 python3 run.py reset 清空后重来。"
        )


def announce(place: Place) -> None:
    """Print the addresses and one login per role."""
    lines = ["", "系统已启动，请用浏览器打开：", ""]
    lines += in_columns((("网页", place.base_url), ("微信模拟器", place.simulator_url)))
    logins = read_logins(place.demo_file)
    if logins:
        rows = [("角色", "姓名", "用户名", "密码")]
        rows += [
            (each.get("title", role), each["name"], each["username"], each["password"])
            for role, each in logins.items()
        ]
        lines += ["", "演示账号：", "", *in_columns(rows)]
    lines += [
        "",
        "停止：在这个窗口按 Ctrl-C。数据留在 .data 文件夹；清空重来：python3 run.py reset",
        "",
    ]
    for line in lines:
        say(line)


def read_logins(demo_file: Path) -> dict[str, dict[str, str]]:
    """Read the logins per role from demo.json; none when the plan wrote no such file."""
    if not demo_file.exists():
        return {}
    logins: dict[str, dict[str, str]] = json.loads(demo_file.read_text(encoding="utf-8")).get(
        "logins", {}
    )
    return logins


def accept_stop_signals() -> None:
    """Make Ctrl-C, a polite kill and a closed window all end the same way."""

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    # Under nohup a closed window is meant to change nothing.
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, stop)


def ignore_stop_signals() -> None:
    """Let nothing interrupt the stopping itself."""
    for name in STOP_SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def main(_arguments: Sequence[str]) -> int:
    """Run the demonstration until it is stopped."""
    accept_stop_signals()
    place = Place(ROOT / ".data", port_from(os.environ))
    ensure_assets()
    try:
        launch(place, demo_plan(place), os.environ)
    except KeyboardInterrupt:
        say("已停止。")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
