"""Does the launcher bring a system up, keep it up, and take it down?

The system is a stand-in; the real one is started by the tests of the whole.
"""

import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.dev.__main__ import main as dispatch
from app.dev.instance import clear, read_record
from app.dev.launch import Place, check_port, driver_url, port_from, read_logins
from app.dev.postgres import find_running
from app.dev.refusals import RefusalError
from app.dev.services import answers
from app.dev.terminal import in_columns
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]

STAND_IN = """
import os, sys
from pathlib import Path
from app.dev.launch import Place, Plan, Step, accept_stop_signals, launch
from app.dev.services import Service

place = Place(Path(sys.argv[1]), int(sys.argv[2]))
note = "import json, os, pathlib; pathlib.Path({!r}).write_text(json.dumps({{k: os.environ[k] for k in {!r}}}))"
names = ("DATABASE_URL", "DEMO", "BASE_URL", "WECHAT_API_BASE")
step = Step("③ 记下环境…", (sys.executable, "-c", note.format(str(place.folder / "env.json"), names)))
def site(name, port):
    argv = (sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(place.folder))
    return Service(name, name, argv, f"http://127.0.0.1:{port}/")
sleeper = Service("worker", "后台服务", (sys.executable, "-c", "import time; time.sleep(600)"))
accept_stop_signals()
try:
    launch(place, Plan((step,), (site("web", place.port), sleeper, site("simulator", place.port + 1))), os.environ)
except KeyboardInterrupt:
    print("ended", flush=True)
"""


@pytest.fixture
def place() -> Iterator[Place]:
    """Give an empty folder and two free ports."""
    with tempfile.TemporaryDirectory(
        prefix="launch-", dir="/tmp", ignore_cleanup_errors=True
    ) as name:
        folder = Path(name) / ".data"
        yield Place(folder, free_port())
        clear(folder)


def start(place: Place, **variables: str) -> subprocess.Popen[str]:
    """Start the launcher with the stand-in plan."""
    env = {**os.environ, "PYTHONUTF8": "1", **variables}
    argv = [sys.executable, "-c", STAND_IN, str(place.folder), str(place.port)]
    return subprocess.Popen(
        argv, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    )


def read_until(process: subprocess.Popen[str], word: str) -> str:
    """Read what it prints up to a line with this word."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if word in line:
            return "".join(lines)
    raise AssertionError("".join(lines))


def run_command(
    folder: Path, *arguments: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a real command of ``app.dev`` from a copy, so that it minds the copy's ``.data``."""
    shutil.copy(ROOT / "run.py", folder)
    shutil.copytree(ROOT / "app" / "web", folder / "app" / "web", dirs_exist_ok=True)
    shutil.copytree(ROOT / "app" / "dev", folder / "app" / "dev", dirs_exist_ok=True)
    (folder / "app" / "__init__.py").touch()
    env = {**os.environ, "PYTHONUTF8": "1", **variables}
    argv = [sys.executable, "-m", "app.dev", *arguments]
    return subprocess.run(
        argv, cwd=folder, env=env, capture_output=True, encoding="utf-8", check=False, timeout=60
    )


def refusal_of(result: subprocess.CompletedProcess[str]) -> str:
    """Hold that a command ended with exit code 1 and one sentence, and give the sentence."""
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    return result.stderr.strip()


def test_up_restarted_refused_twice_and_down(place: Place) -> None:
    process = start(place, DATABASE_URL="")
    assert place.base_url in read_until(process, "停止：")
    seen = json.loads((place.folder / "env.json").read_text())
    assert seen["DEMO"] == "1"
    assert (seen["BASE_URL"], seen["WECHAT_API_BASE"]) == (place.base_url, place.simulator_url)
    assert seen["DATABASE_URL"].startswith("postgresql+asyncpg://postgres@/wuchuang?host=")
    assert answers(place.simulator_url)

    second = start(place, DATABASE_URL="")
    assert f"已经在运行（进程 {process.pid}），地址 {place.base_url}" in second.communicate()[0]
    assert second.returncode == 1

    record = read_record(place.folder)
    assert record is not None
    os.kill(record.children[0].pid, signal.SIGKILL)
    assert "自动重启" in read_until(process, "web")
    deadline = time.monotonic() + 10
    while not answers(place.base_url) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert answers(place.base_url)

    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert "ended" in process.communicate(timeout=10)[0]
    assert process.returncode == 0
    assert time.monotonic() - begin < 5
    assert not answers(place.base_url)
    assert find_running(place.folder / "pg") is None
    assert (place.folder / "pg").exists()


def test_killed_launcher_is_cleaned_up_by_the_next_one_and_by_reset(place: Place) -> None:
    first = start(place, DATABASE_URL="")
    read_until(first, "停止：")
    first.kill()
    first.communicate()
    assert answers(place.base_url)

    second = start(place, DATABASE_URL="")
    read_until(second, "停止：")
    assert clear(place.folder)
    assert "ended" in second.communicate(timeout=10)[0]
    assert not place.folder.exists()
    assert not answers(place.base_url)


def test_hopeless_service_ends_in_one_sentence(place: Place) -> None:
    code = f"""
import os, sys
from pathlib import Path
from app.dev.launch import Place
from app.dev.services import Service, Supervisor
supervisor = Supervisor(Path({str(ROOT)!r}), Path({str(place.folder)!r}), os.environ, lambda marks: None)
supervisor.start(Service("web", "网页服务", (sys.executable, "-c", "raise SystemExit(3)"), "http://127.0.0.1:9/"))
supervisor.wait_ready()
"""
    argv = [sys.executable, "-c", code]
    result = subprocess.run(
        argv, cwd=ROOT, capture_output=True, encoding="utf-8", check=False, timeout=30
    )
    assert "网页服务意外退出（代码 3）" in result.stdout
    assert "RefusalError: 网页服务没有启动成功" in result.stderr


def test_taken_port() -> None:
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(RefusalError, match=f"端口 {port} 已被别的程序占用.*PORT="):
            check_port(port)
    check_port(port)


@pytest.mark.parametrize("given", ["0", "65535", "80a", "-1", "８０００"])
def test_port_that_is_none(given: str) -> None:
    with pytest.raises(RefusalError, match="PORT"):
        port_from({"PORT": given})


def test_port_default_and_given() -> None:
    assert port_from({}) == 8000
    assert port_from({"PORT": "9100"}) == 9100


@pytest.mark.parametrize(
    ("given", "driven"),
    [
        ("postgres://u:p%40@h/d", "postgresql+asyncpg://u:p%40@h/d"),
        ("postgresql://h/d?sslmode=require", "postgresql+asyncpg://h/d?ssl=require"),
        ("postgresql+asyncpg://h/d?host=/tmp/x", "postgresql+asyncpg://h/d?host=%2Ftmp%2Fx"),
    ],
)
def test_spellings_of_database_url(given: str, driven: str) -> None:
    assert driver_url(given) == driven


@pytest.mark.parametrize("given", ["mysql://h/d", "nonsense", "sqlite:///x"])
def test_other_databases_are_refused(given: str) -> None:
    with pytest.raises(RefusalError, match="DATABASE_URL"):
        driver_url(given)


def test_unreachable_database_is_one_sentence(tmp_path: Path) -> None:
    url = "postgresql://u:secret@127.0.0.1:9/d"
    result = run_command(tmp_path, "demo", PORT=str(free_port()), DATABASE_URL=url)
    assert "连不上 DATABASE_URL 指定的数据库 127.0.0.1/d" in refusal_of(result)
    assert "secret" not in result.stdout + result.stderr
    assert not (tmp_path / ".data" / "pg").exists()


def test_taken_port_is_one_sentence(tmp_path: Path) -> None:
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port + 1))
        taken.listen()
        assert f"端口 {port + 1} 已被" in refusal_of(run_command(tmp_path, "demo", PORT=str(port)))


def test_refusals_of_commands_are_one_line(tmp_path: Path) -> None:
    wrong = refusal_of(run_command(tmp_path, "demo", PORT="none"))
    assert wrong == "PORT 应当是 1 到 65534 之间的数字，现在是“none”。"
    assert "fly" in refusal_of(run_command(tmp_path, "fly"))
    assert "no-such" in refusal_of(run_command(tmp_path, "bench", "no-such"))


@pytest.mark.parametrize(
    ("number", "word"), [(errno.ENOSPC, "磁盘空间不够"), (errno.EACCES, "没有权限")]
)
def test_full_disk_and_foreign_folder_are_one_sentence(
    number: int, word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise OSError(number, os.strerror(number), ".data/run.lock")

    monkeypatch.setattr("runpy.run_module", fail)
    monkeypatch.setattr("sys.argv", ["app.dev"])
    assert dispatch(["reset"]) == 1
    assert word in capsys.readouterr().err


def test_columns_count_chinese_letters_twice() -> None:
    assert in_columns([("角色", "x"), ("abcd", "y")]) == ["  角色  x", "  abcd  y"]


def test_logins_of_a_missing_demo_file(tmp_path: Path) -> None:
    assert read_logins(tmp_path / "demo.json") == {}
