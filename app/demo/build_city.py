"""Which hours has 南苑中学 published: a list that went to the city, and one that is open now?"""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.citypack.kinds import Measure, ObjectionState, PublicityState
from app.citypack.models import (
    CityExport,
    Objection,
    Publicity,
    PublicityLine,
    RecordCorrection,
)
from app.citypack.rules import Counter, amounts_of, columns_of, corrected, digest_of, within
from app.demo.build_orgs import Members
from app.demo.build_people import Crowd, Pupil
from app.demo.cast import JUNIOR_LOGIN
from app.demo.draft import Draft
from app.kit.clock import at_school, school_day
from app.passports.models import Stamp
from app.passports.rules.builtin import BUILT_IN, CITY
from app.passports.rules.crediting import Visited
from app.resources.models import LearningBase

OPEN_DAYS, PAST_DAYS, LISTED_DAYS = 30, 45, 30
MISSED = "9 月在养老院的劳动没有记上，45 分钟"
ANSWER = "已向带队老师核实，补记 45 分钟公益劳动"


def build_city(draft: Draft, members: Members, crowd: Crowd) -> None:
    """The earlier list has an accepted objection behind it and is exported; the later one is open."""
    school = members.schools[JUNIOR_LOGIN.place]
    pupils = [one for one in crowd.pupils.values() if one.room.school == JUNIOR_LOGIN.place]
    visits = _visits(draft)
    last = draft.today - timedelta(days=LISTED_DAYS + 1)
    first = last - timedelta(days=90)
    was_open = at_school(draft.today - timedelta(days=PAST_DAYS - 16), 9)
    old, lines = _publish(
        draft, school, ("上一期社会实践", first, last), (was_open, 8), pupils, visits
    )
    _export(draft, crowd, school, (old, last, was_open + timedelta(days=3)), lines)
    title = ("本期社会实践", last + timedelta(days=1), draft.today - timedelta(days=1))
    opened = at_school(draft.today, 0) - timedelta(days=1)
    _publish(draft, school, title, (opened, OPEN_DAYS), pupils, visits)


def _visits(draft: Draft) -> dict[UUID, list[Visited]]:
    bases = {row["id"]: row for row in draft.rows[LearningBase]}
    found: dict[UUID, list[Visited]] = defaultdict(list)
    for row in draft.rows[Stamp]:
        base = bases[row["base_id"]]
        visited = Visited(
            row["base_id"],
            base["theme"],
            row["category"],
            row["minutes"],
            school_day(row["awarded_at"]),
            frozenset(base.get("marks", ())),
        )
        found[row["pupil_id"]].append(visited)
    return found


def _publish(
    draft: Draft,
    school: UUID,
    about: tuple[str, date, date],
    window: tuple[datetime, int],
    pupils: list[Pupil],
    visits: dict[UUID, list[Visited]],
) -> tuple[UUID, list[dict[str, Any]]]:
    """A list with its frozen lines; gives its id and what the export needs."""
    title, first, last = about
    opened, days = window
    body = BUILT_IN[CITY]
    publicity = draft.take_id(Publicity.__tablename__)
    lines = []
    for pupil in pupils:
        seen = within(visits[pupil.id], first, last)
        amounts = amounts_of(body, seen, pupil.room.grade, draft.today)
        draft.add(
            PublicityLine,
            publicity_id=publicity,
            pupil_id=pupil.id,
            grade=pupil.room.grade,
            class_name=pupil.room.name,
            amounts=amounts,
        )
        lines.append({"pupil": str(pupil.id), "class": pupil.room.name, "amounts": amounts})
    is_open = opened + timedelta(days=days) > draft.now
    draft.link(
        Publicity,
        id=publicity,
        organization_id=school,
        title=title,
        starts_on=first,
        ends_on=last,
        min_grade=body.min_grade,
        max_grade=body.max_grade,
        state=PublicityState.OPEN if is_open else PublicityState.EXPORTED,
        rules=body.model_dump(mode="json"),
        digest=digest_of([[one["pupil"], one["amounts"]] for one in lines]),
        opened_at=opened,
        closes_at=at_school(school_day(opened) + timedelta(days=days), 0),
        created_at=opened,
        updated_at=opened,
    )
    return publicity, lines


def _export(
    draft: Draft,
    crowd: Crowd,
    school: UUID,
    about: tuple[UUID, date, datetime],
    lines: list[dict[str, Any]],
) -> None:
    """小星's mother objected, the school corrected, and the corrected list went out."""
    publicity, day, raised = about
    head, child = crowd.staff[JUNIOR_LOGIN.name], crowd.children["xiaoxing"]
    objection = draft.add(
        Objection,
        publicity_id=publicity,
        pupil_id=child,
        raised_by=crowd.staff["小星妈妈"],
        by_school=False,
        reason=MISSED,
        state=ObjectionState.ACCEPTED,
        answer=ANSWER,
        decided_by=head,
        decided_at=raised + timedelta(days=1),
        created_at=raised,
        updated_at=raised + timedelta(days=1),
    )
    draft.add(
        RecordCorrection,
        pupil_id=child,
        organization_id=school,
        publicity_id=publicity,
        objection_id=objection,
        day=day,
        measure=Measure.HOURS,
        category="labour",
        amount=45,
        reason=ANSWER,
        person_id=head,
        created_at=raised + timedelta(days=1),
    )
    _hand_over(draft, (publicity, head, raised + timedelta(days=9)), str(child), lines)


def _hand_over(
    draft: Draft, about: tuple[UUID, UUID, datetime], child: str, lines: list[dict[str, Any]]
) -> None:
    """The whole list as it went to the city, with the correction in it."""
    publicity, head, at = about
    columns = columns_of(BUILT_IN[CITY])
    frozen = [
        {
            **one,
            "amounts": corrected(columns, one["amounts"], [Counter("hours", "labour", None, 45)]),
        }
        if one["pupil"] == child
        else one
        for one in lines
    ]
    draft.add(
        CityExport,
        publicity_id=publicity,
        number=0,
        digest=digest_of(frozen),
        lines=frozen,
        person_id=head,
        created_at=at,
    )
