"""Three hundred families choose by wishes; the result can be computed again by anybody."""

import html
import json
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from app.dev.refusals import RefusalError
from app.dev.story.stage import Stage, check, say, wait_for
from app.dev.story.units import published, told_before

TITLE = "陶艺四选一"
PLACES = (25, 50, 60, 90)
AT_ONCE = 6
FIRST_DAYS, EACH_DAYS = 60, 7  # no other date of the demonstration lies so far ahead
WINDOW = timedelta(seconds=25)
Family = dict[str, Any]


def play(stage: Stage) -> None:
    print("\n八、选课")
    sessions = _publish(stage)
    office = stage.log_in("secretariat")
    round_id = _announce(stage, office, sessions)
    tokens = _wish(stage, office, round_id, sessions)
    rehearsed = _rehearse(stage, office, round_id)
    final = _result(stage, office, round_id, rehearsed)
    _compute_again(stage, tokens, round_id, final)
    _why_second(stage, tokens, round_id)


def _publish(stage: Stage) -> list[str]:
    """Four evenings of one week, a week further on with each telling."""
    days = FIRST_DAYS + EACH_DAYS * len(told_before(stage, TITLE))
    first = (datetime.now(UTC) + timedelta(days=days)).replace(hour=10, minute=30)
    dates = [(first + timedelta(days=number), places) for number, places in enumerate(PLACES)]
    return published(stage, TITLE, dates, {})[1]


def _announce(stage: Stage, office: str, sessions: Sequence[str]) -> str:
    now = datetime.now(UTC)
    window = {"opens_at": now.isoformat(), "closes_at": (now + WINDOW).isoformat()}
    name = f"陶艺四选一 {now:%m%d-%H%M%S}"
    round_id = str(stage.call(office, "POST", "/rounds", {"name": name, **window})["id"])
    body = {"session_ids": list(sessions)}
    stage.call(office, "POST", f"/rounds/{round_id}/sessions", body)
    shown = stage.call(office, "POST", f"/rounds/{round_id}/announce")
    digest = shown["seed_digest"]
    say("秘书处", f"公布一轮选课：{sum(PLACES)} 个名额，抽签种子的指纹是 {digest[:16]}…")
    return round_id


def _wish(
    stage: Stage, office: str, round_id: str, sessions: Sequence[str]
) -> dict[str, tuple[Family, str]]:
    """Every family logs in with its own phone and saves its wishes; gives the logins."""
    luck = random.Random(TITLE)  # noqa: S311 - the same wishes in every telling
    families: list[Family] = stage.demo["families"]
    lists = [_order(luck, sessions) for _ in families]
    tokens: dict[str, tuple[Family, str]] = {}

    def one(number: int) -> None:
        family = families[number]
        token = _enter(stage, family)
        body = {"pupil_id": family["pupil_id"], "session_ids": lists[number]}
        stage.call(token, "PUT", f"/rounds/{round_id}/wishes", body)
        tokens[family["pupil_id"]] = (family, token)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for start in range(0, len(families), 50):
            _keep_open(stage, office, round_id)
            list(pool.map(one, range(start, min(start + 50, len(families)))))
    standing = stage.call(office, "GET", f"/rounds/{round_id}/sessions")["items"]
    wished = sum(session["first"] for session in standing)
    check(wished == len(tokens), f"{len(tokens)} 个孩子的志愿都在（看到的是 {wished}）")
    most = max(standing, key=lambda session: session["first"])
    say(
        "300 个家庭",
        f"各用自己的手机填了志愿，最热的一场 {most['first']} 人填第一志愿，只有 {most['capacity']} 个名额",
    )
    return tokens


def _order(luck: random.Random, sessions: Sequence[str]) -> list[str]:
    """Two to four wishes; the smallest course is what most want."""
    left, found = list(sessions), []
    for _ in range(luck.randint(2, len(sessions))):
        weights = [2.0 ** -sessions.index(one) for one in left]
        found.append(luck.choices(left, weights)[0])
        left.remove(found[-1])
    return found


def _enter(stage: Stage, family: Family) -> str:
    """Switch the family's phone on for a moment and log in with it."""
    openid = f"story-{family['mp_openid']}"
    phone = {"name": family["name"], "openid": openid, "mp_openid": family["mp_openid"]}
    made = stage.phones.post("/sim/api/phones", json=phone)
    if made.status_code not in (httpx.codes.CREATED, httpx.codes.CONFLICT):
        raise RefusalError(f"模拟器没有给出手机：{made.text[:200]}")
    token = stage.log_in_by_openid(openid, str(family["name"]))
    stage.phones.delete(f"/sim/api/phones/{openid}")
    return token


def _keep_open(stage: Stage, office: str, round_id: str) -> None:
    """On a slow machine the secretariat gives the families more time."""
    row = stage.call(office, "GET", f"/rounds/{round_id}")
    closes = datetime.fromisoformat(row["closes_at"])
    if closes - datetime.now(UTC) < WINDOW / 2:
        later = {"closes_at": (closes + WINDOW / 2).isoformat()}
        stage.call(office, "PATCH", f"/rounds/{round_id}", later)


def _rehearse(stage: Stage, office: str, round_id: str) -> dict[str, Any]:
    run: dict[str, Any] = stage.call(office, "POST", f"/rounds/{round_id}/rehearse")
    figures = run["figures"]
    share = f"{figures['placed']} 人能选上，{figures['nothing_percent']}% 没有"
    say("秘书处", f"试排一次：{figures['took_part']} 人参加，{share}；没有通知任何人")
    return run


def _result(stage: Stage, office: str, round_id: str, rehearsed: dict[str, Any]) -> dict[str, Any]:
    """When the window has closed the worker decides; the second run is the first again."""

    def order() -> bool:
        headers = {"Authorization": f"Bearer {office}"}
        answer = stage.api.post(f"/v1/rounds/{round_id}/publish", headers=headers)
        return answer.status_code == httpx.codes.ACCEPTED

    wait_for(order, "填报截止以后可以正式录取")
    wait_for(
        lambda: stage.call(office, "GET", f"/rounds/{round_id}")["state"] == "published",
        "后台算出了正式结果",
    )
    runs = stage.call(office, "GET", f"/rounds/{round_id}/runs")["items"]
    final: dict[str, Any] = next(run for run in runs if run["kind"] == "final")
    for name in ("input_digest", "result_digest"):
        check(final[name] == rehearsed[name], "用同一个种子再算一遍，结果一模一样")
    say("秘书处", f"正式录取：和试排一模一样，结果指纹 {final['result_digest'][:16]}…")
    return final


def _compute_again(
    stage: Stage, tokens: dict[str, tuple[Family, str]], round_id: str, final: dict[str, Any]
) -> None:
    """Any parent takes the proof and computes it again without us."""
    family, token = next(iter(tokens.values()))
    proof = stage.call(token, "GET", f"/rounds/{round_id}/proof")
    check(proof["result_digest"] == final["result_digest"], "公布的就是算出来的结果")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "proof.json"
        path.write_text(json.dumps(proof), encoding="utf-8")
        command = [sys.executable, "-m", "app.cli", "round-check", str(path)]
        checked = subprocess.run(
            command, capture_output=True, encoding="utf-8", check=False, timeout=60
        )
    check(checked.returncode == 0, f"验证文件可以重新计算（看到的是：{checked.stderr[:200]}）")
    say(f"{family['name']}（家长）", f"下载验证文件，自己算：{checked.stdout.strip()}")


def _why_second(stage: Stage, tokens: dict[str, tuple[Family, str]], round_id: str) -> None:
    """A parent whose child got the second wish reads on her own page why."""
    for family, token in tokens.values():
        results = stage.call(token, "GET", f"/rounds/{round_id}/results")["items"]
        mine = next(row for row in results if row["pupil_id"] == family["pupil_id"])
        if mine["number"] == 2:
            break
    else:
        raise RefusalError("故事中断：没有一个孩子录取第二志愿")
    page = stage.page(token, f"/m/rounds/{round_id}", child=str(family["pupil_id"]))
    page = re.sub(r"<[^>]+>", " ", page)
    page = " ".join(html.unescape(page).split())
    check("录取第 2 志愿" in page, "家长的页面上写着录取第二志愿")
    for reason in mine["reasons"][:2]:
        check(reason in page, f"页面上有这一条原因：{reason}")
        say(f"{family['name']}（{family['pupil']}的家长）的页面", reason)
