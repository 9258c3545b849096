"""What an operator relies on: health, figures, refusing an unsafe start, a log without names."""

import os
import subprocess
import sys

import pytest
from pydantic import ValidationError

from app.kit.logging import HIDDEN, hide_personal
from app.kit.settings import Settings
from tests.bookings.race import ROOT
from tests.cast import CAST, POTTERY_SCENE
from tests.client import Client

SAFE = {
    "database_url": "postgresql+asyncpg://localhost/none",
    "secret_key": "x" * 40,
    "responsible_person": "王老师",
}


async def test_health_readiness_and_figures_answer(client: Client) -> None:
    assert (await client.http.get("/healthz")).text == "ok"
    ready = await client.http.get("/readyz")
    assert ready.json()["ready"] is True
    await client.get(CAST.mama, "/me")
    figures = (await client.http.get("/metrics")).text
    assert 'route="/v1/me"' in figures
    assert str(CAST.mama.id) not in figures


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"secret_key": "change-me"}, "SECRET_KEY"),
        ({"secret_key": "short"}, "SECRET_KEY"),
        ({"responsible_person": ""}, "RESPONSIBLE_PERSON"),
        ({"debug": True}, "DEBUG"),
    ],
)
def test_an_unsafe_installation_does_not_start(change: dict[str, object], word: str) -> None:
    assert Settings(**SAFE)  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match=word):
        Settings(**{**SAFE, **change})  # type: ignore[arg-type]


def test_the_operator_reads_one_plain_sentence() -> None:
    environment = {**os.environ, "DATABASE_URL": SAFE["database_url"], "SECRET_KEY": "change-me"}
    environment.pop("DEMO", None)
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "worker"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("设置有误：SECRET_KEY")
    assert "Traceback" not in done.stderr


def test_the_log_hides_what_is_personal() -> None:
    event = {
        "event": "parent 13912345678 with oABCDEFGHIJKLMNOPQRSTUVWXYZ01 and 31011520150101123X",
        "name": "小南",
        "token": "secret",
        "status": 200,
    }
    assert hide_personal(None, "info", dict(event)) == {
        "event": f"parent {HIDDEN} with {HIDDEN} and {HIDDEN}",
        "name": HIDDEN,
        "token": HIDDEN,
        "status": 200,
    }


async def test_a_request_is_logged_without_names_tokens_or_ids(
    client: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    session_id = await client.add_session()
    await client.book(CAST.mama, CAST.xiaonan, session_id)
    await client.scan(CAST.mama, POTTERY_SCENE)
    await client.get(CAST.liaison, "/people?name=%E5%B0%8F%E5%8D%97")
    await client.http.post(
        "/v1/login-sessions", json={"district": "ND", "username": "xiaonan", "password": "pw"}
    )
    seen = capfd.readouterr()
    log = seen.err + seen.out
    for secret in (
        CAST.xiaonan.name,
        "%E5%B0%8F",
        CAST.mama.token,
        CAST.mama.openid,
        str(CAST.xiaonan.id),
        POTTERY_SCENE,
        "xiaonan",
    ):
        assert secret not in log


async def test_pages_are_chinese_strict_and_say_no_childs_name(client: Client) -> None:
    front = await client.http.get("/")
    assert "南苑学区" in front.text
    assert 'lang="zh-CN"' in front.text
    policy = front.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    base = await client.http.get(f"/c/{POTTERY_SCENE}")
    assert "陶艺工坊" in base.text
    card = await client.http.get(f"/c/{CAST.xiaonan.card_scene}")
    assert CAST.xiaonan.name not in card.text
    assert "护照卡" in card.text
    assert "无法识别" in (await client.http.get("/c/bnothing")).text
    assert "booking.session_full" in (await client.http.get("/docs/errors")).text
