"""How does a unit get an activity in front of families? Through the console, reviewed by another person."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.dev.story.stage import Stage, check, clock, say


def published(
    stage: Stage, title: str, dates: Sequence[tuple[datetime, int]], more: Mapping[str, str]
) -> tuple[str, list[str]]:
    """Publish an activity of the pottery with these dates (start, places) of an hour each.

    `more` are further fields of the date's form. Gives the ids of the activity and
    of its sessions in the order of their starts.
    """
    ids, unit = stage.demo["ids"], stage.log_in("unit_publisher")
    first, *others = [_date(starts, places, more) for starts, places in dates]
    activity = {
        "organization_id": ids["unit_pottery"],
        "base_id": ids["base_pottery"],
        "kind": "social_practice",
        "title": title,
        "min_grade": "1",
        "max_grade": "5",
        "category": "social",
        "credited_minutes": "60",
        "evidence_needed": "C",
    }
    address = stage.send(unit, "/console/activities", {**activity, **first})
    for date in others:
        stage.send(unit, f"{address}/sessions", date)
    stage.send(unit, f"{address}/submit", {})
    say("陶艺工坊", f"在管理台写好“{title}”，{len(dates)} 个场次，提交审核")
    office = stage.log_in("secretariat")
    check(title in stage.page(office, "/console/reviews"), "秘书处的待审列表里有这个活动")
    stage.send(office, f"{address}/approve", {})
    stage.send(unit, f"{address}/publish", {})
    say("秘书处", f"审核通过“{title}”，单位随即发布")
    activity_id = address.rsplit("/", 1)[1]
    return activity_id, sessions_of(stage, activity_id)


def _date(starts: datetime, places: int, more: Mapping[str, str]) -> dict[str, str]:
    ends = starts + timedelta(hours=1)
    return {
        "starts_at": clock(starts),
        "ends_at": clock(ends),
        "capacity": str(places),
        "mode": "first_come",
        "reserve_percent": "0",
        **more,
    }


def sessions_of(stage: Stage, activity_id: str) -> list[str]:
    """Planned sessions of an activity, the earliest first."""
    token = stage.log_in("unit_publisher")
    found = stage.call(token, "GET", f"/sessions?activity_id={activity_id}&limit=200")["items"]
    planned = [session for session in found if session["state"] == "planned"]
    return [session["id"] for session in sorted(planned, key=lambda one: one["starts_at"])]


def told_before(stage: Stage, title: str) -> list[dict[str, Any]]:
    """Activities of this title from earlier tellings, the newest first."""
    token = stage.log_in("unit_publisher")
    found: list[dict[str, Any]] = stage.call(token, "GET", f"/activities?title={title}&limit=200")[
        "items"
    ]
    return found


def call_off(stage: Stage, title: str) -> None:
    """Cancel what an earlier telling left open, so that its children are free again."""
    token = stage.log_in("unit_publisher")
    for activity in told_before(stage, title)[:3]:
        for session_id in sessions_of(stage, activity["id"]):
            headers = {"Authorization": f"Bearer {token}"}
            path = f"/v1/sessions/{session_id}/cancel"
            stage.api.post(path, json={"reason": "故事讲完了"}, headers=headers)
