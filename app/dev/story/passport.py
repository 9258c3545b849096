"""The passport goes on paper, and 南苑中学's hours through an objection to the city."""

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

import httpx

from app.dev.story.stage import Stage, check, say, wait_for

MINUTES = 45


def play(stage: Stage) -> None:
    print("\n九、打印")
    _print(stage)
    print("\n十、综合素质评价公示")
    _object(stage)


def _print(stage: Stage) -> None:
    """A poster, one child's passport, and a whole class in the background."""
    ids = stage.demo["ids"]
    unit = stage.log_in("unit_publisher")
    poster = stage.file(unit, f"/bases/{ids['base_pottery']}/poster.pdf")
    check(poster.startswith(b"%PDF"), "海报是一份 PDF")
    say("陶艺工坊", f"打印签到海报（{len(poster) // 1024} KB），贴在门口")
    mother = stage.log_in_by_phone("小南妈妈")
    booklet = stage.file(mother, f"/pupils/{ids['pupil_xiaonan']}/passport.pdf")
    check(booklet.startswith(b"%PDF"), "护照是一份 PDF")
    say("小南妈妈", f"打印小南的护照（{len(booklet) // 1024} KB），码和网上的是同一个")
    teacher = stage.log_in("class_teacher")
    class_id = ids["class_xiaonan"]
    ordered = stage.call(teacher, "POST", "/prints", {"place_id": class_id})
    check(ordered["files"] == 1, "一个班是一个文件")
    newest: dict[str, Any] = wait_for(
        lambda: _drawn(stage, teacher, class_id), "后台生成了全班护照"
    )
    file = stage.file(teacher, f"/prints/{newest['id']}/file.pdf")
    check(file.startswith(b"%PDF"), "全班护照是一份 PDF")
    say("叶老师", f"全班护照已在后台生成（{len(file) // 1024} KB），下载打印")


def _drawn(stage: Stage, teacher: str, class_id: str) -> dict[str, Any] | None:
    orders = stage.call(teacher, "GET", "/prints?limit=5")["items"]
    newest = next(one for one in orders if one["class_id"] == class_id)
    return newest if newest["state"] == "drawn" else None


def _object(stage: Stage) -> None:
    """A mother objects, the school corrects, and the export waits for the deadline."""
    head = stage.log_in("junior_login")
    mother = stage.log_in_by_phone("小星妈妈")
    child = stage.demo["ids"]["pupil_xiaoxing"]
    listed = stage.call(mother, "GET", f"/pupils/{child}/city-record")["listed"]
    open_one = next((one for one in listed if one["may_object"]), None)
    check(open_one is not None, "有一次公示可以提异议（演示系统放久了，请先 run.py reset）")
    publicity = str((open_one or {})["publicity_id"])
    before = _labour(stage, mother, child, publicity)
    shown = stage.last_card("小星妈妈")
    reason = f"少记了一次公益劳动，{MINUTES} 分钟（{datetime.now(UTC):%H:%M:%S} 提出）"
    body = {"publicity_id": publicity, "pupil_id": child, "reason": reason}
    raised, again = (stage.call(mother, "POST", "/objections", body) for _ in range(2))
    check(raised == again, "连按两次，还是同一条异议")
    say("小星妈妈", f"看到公示的公益劳动 {before} 分钟，提出异议：{reason}")
    _too_early(stage, head, publicity)
    answer = "查到签到表，补记一次公益劳动"
    correction = {"column": "hours:labour:", "amount": MINUTES}
    verdict = {"accept": True, "answer": answer, "correction": correction}
    stage.call(head, "POST", f"/objections/{raised['id']}/decide", verdict)
    after = _labour(stage, mother, child, publicity)
    check(after == before + MINUTES, "更正以后多了 45 分钟，原来的记录没有动")
    say("南苑中学联系人", f"已采纳并更正：公益劳动 {before} → {after} 分钟")
    cards = wait_for(
        lambda: [one for one in stage.new_cards("小星妈妈", shown) if "异议" in one["title"]],
        "小星妈妈的手机收到答复",
    )
    say("小星妈妈的手机", f"收到“{cards[0]['title']}”")
    _earlier_file(stage, head)


def _labour(stage: Stage, mother: str, child: str, publicity: str) -> int:
    listed = stage.call(mother, "GET", f"/pupils/{child}/city-record")["listed"]
    cells = next(one for one in listed if one["publicity_id"] == publicity)["cells"]
    return int(next(cell["amount"] for cell in cells if cell["key"] == "hours:labour:"))


def _too_early(stage: Stage, head: str, publicity: str) -> None:
    headers = {"Authorization": f"Bearer {head}"}
    answer = stage.api.post(f"/v1/publicities/{publicity}/export", headers=headers)
    check(answer.status_code == httpx.codes.CONFLICT, "公示截止以前不能导出")
    say("南苑中学联系人", f"想提前导出，公示截止以前不能导出：{answer.json()['detail']}")


def _earlier_file(stage: Stage, head: str) -> None:
    """The list before this one is at the city already; its file is as it was."""
    lists = stage.call(head, "GET", "/publicities")["items"]
    exported = next(one for one in lists if one["state"] == "exported")
    exports = stage.call(head, "GET", f"/publicities/{exported['id']}/exports")["items"]
    book = stage.file(head, f"/city-exports/{exports[0]['id']}/file.xlsx")
    check(zipfile.is_zipfile(io.BytesIO(book)), "导出的是一份 Excel")
    say(
        "南苑中学联系人",
        f"上一期已导出定稿（{exported['title']}），校验码 {exports[0]['digest'][:16]}…",
    )
