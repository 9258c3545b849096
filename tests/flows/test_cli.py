"""Every operator command, run as the operator runs it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from app import contract
from app.kit.settings import Settings
from app.main import create_app
from tests.bookings.race import ROOT
from tests.cast import SECRET_KEY
from tests.command import environment
from tests.conftest import EMBEDDED, cluster_of
from tests.ports import free_port
from tests.simulator.stage import served


def _environment(url: str) -> dict[str, str]:
    return {**os.environ, **environment(url)}


def app_cli(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run one operator command against this database and nobody's WeChat platform."""
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *words],
        cwd=ROOT,
        env=_environment(url),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def app_cli_process(url: str, *words: str) -> subprocess.Popen[bytes]:
    """Start a command that stays; the test ends it."""
    command = [sys.executable, "-m", "app.cli", *words]
    return subprocess.Popen(command, cwd=ROOT, env=_environment(url))


def test_migrate_makes_an_empty_database_ready_and_demo_fills_it_once(tmp_path: Path) -> None:
    cluster, _ = cluster_of(EMBEDDED)
    cluster.drop_database("cli_demo")
    url = cluster.create_database("cli_demo")
    try:
        assert "最新" in app_cli(url, "migrate").stdout
        assert "最新" in app_cli(url, "migrate").stdout
        out = tmp_path / "demo.json"
        first = app_cli(url, "demo", "--out", str(out))
        assert "已载入" in first.stdout, first.stderr
        described = json.loads(out.read_text())
        assert described["wechat"]["callback_url"].endswith("/wechat/callback/nanyuan")
        assert {"base_url", "simulator_url", "logins", "phones"} <= described.keys()
        assert "没有改动" in app_cli(url, "demo", "--out", str(out)).stdout
        assert json.loads(out.read_text())["ids"] == described["ids"]
    finally:
        cluster.drop_database("cli_demo")


def test_jobs_lists_what_runs_in_the_background(database_url: str) -> None:
    listed = app_cli(database_url, "jobs").stdout
    assert "bookings.promote_everywhere" in listed
    assert "* * * * *" in listed


@pytest.mark.parametrize("page", ["openapi", "roles"])
def test_the_checked_in_pages_are_what_the_code_says(
    page: str, capsys: pytest.CaptureFixture[str]
) -> None:
    done = contract.main([page, "--check"])
    assert done == 0, capsys.readouterr().err


def test_wechat_push_says_in_one_line_when_the_platform_is_away(database_url: str) -> None:
    done = app_cli(database_url, "wechat-push", "--dry-run")
    assert done.returncode == 1
    assert done.stderr.startswith("微信平台没有接受")


def test_serve_answers_and_stops_when_told(database_url: str) -> None:
    port = free_port()
    process = app_cli_process(database_url, "serve", "--port", str(port))
    try:
        for _ in range(200):
            try:
                if httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).is_success:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        else:
            raise AssertionError("it did not answer")
        process.send_signal(signal.SIGTERM)
        # uvicorn ends by the signal it was sent, after the requests in flight.
        assert process.wait(15) in (0, -signal.SIGTERM)
    finally:
        process.kill()
        process.wait()


def test_worker_stops_when_told(database_url: str) -> None:
    cluster, _ = cluster_of(EMBEDDED)
    name = database_url.split("@/")[1].split("?", maxsplit=1)[0]
    process = app_cli_process(database_url, "worker")
    try:
        while cluster.execute("SELECT count(*) FROM heartbeat", name) == "0":
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.wait()


def test_a_dead_database_is_said_in_one_sentence() -> None:
    done = app_cli("postgresql+asyncpg://nobody@127.0.0.1:9/none", "demo")
    assert done.returncode == 1
    assert done.stderr.startswith("数据库没有响应")


def test_an_empty_installation_gets_its_first_district_and_administrator(tmp_path: Path) -> None:
    """And whoever was printed there can log in and grant roles; a second of one code is refused."""
    cluster, _ = cluster_of(EMBEDDED)
    cluster.drop_database("cli_found")
    url = cluster.create_database("cli_found")
    words = ("QN", "清南学区", "钱老师", "qian")
    try:
        assert app_cli(url, "migrate").returncode == 0
        made = app_cli(url, "found-district", *words)
        assert made.returncode == 0, made.stderr
        password = made.stdout.split("初始密码 ")[1].split()[0]
        again = app_cli(url, "found-district", *words)
        assert (again.returncode, again.stderr.strip()) == (
            1,
            "已经有一条相同的记录。（kit.duplicate）",
        )
        with served(create_app(_settings(url))) as base:
            body = {"district": "QN", "username": "qian", "password": password}
            login = httpx.post(f"{base}/v1/login-sessions", json=body, trust_env=False)
            headers = {"Authorization": f"Bearer {login.json()['token']}"}
            me = httpx.get(f"{base}/v1/me", headers=headers, trust_env=False).json()
        assert me["name"] == "钱老师"
        assert {"role:edit", "channel:edit", "activity:review"} <= set(me["permissions"])
    finally:
        cluster.drop_database("cli_found")


def _settings(url: str) -> Settings:
    return Settings(database_url=url, secret_key=SECRET_KEY, demo=True, log_level="ERROR")
