"""Which families did an important message not reach in the demonstration?"""

from datetime import timedelta
from uuid import UUID

from app.demo.build_people import Crowd
from app.demo.cast import YECHENG
from app.demo.draft import Draft
from app.kit.clock import at_school, platform_time
from app.notifications.kinds import DeliveryState, Kind
from app.notifications.models import Delivery, Notification
from app.people.models import Enrollment, Guardianship, Identity, Person

CLASSES, FAMILIES = 3, 3
REASONS = (
    (DeliveryState.NOT_FOLLOWING, "no_wechat"),
    (DeliveryState.NOT_FOLLOWING, "platform_43004"),
    (DeliveryState.UNKNOWN, "outcome_unknown"),
)


def build_unreached(draft: Draft, crowd: Crowd) -> None:
    """Some families of three classes of one school, told of a change tomorrow; one is called already."""
    rooms = [room.id for room in crowd.rooms if room.school == YECHENG][:CLASSES]
    bound = {row["person_id"] for row in draft.rows[Identity]}
    names = {row["id"]: row["name"] for row in draft.rows[Person]}
    families: dict[UUID, list[tuple[UUID, UUID]]] = {room: [] for room in rooms}
    room_of = {row["pupil_id"]: row["class_id"] for row in draft.rows[Enrollment]}
    for tie in draft.rows[Guardianship]:
        room = room_of.get(tie["pupil_id"])
        if room in families and tie["guardian_id"] not in bound:
            families[room].append((tie["guardian_id"], tie["pupil_id"]))
    number = 0
    for room in rooms:
        for guardian, pupil in families[room][:FAMILIES]:
            _lost(draft, guardian, names[pupil], number)
            number += 1


def _lost(draft: Draft, guardian: UUID, pupil: str, number: int) -> None:
    written = draft.now - timedelta(hours=3)
    fields = {
        "pupil": pupil,
        "title": "走进老街",
        "place": "嘉定老街",
        "time": platform_time(at_school(draft.today + timedelta(days=1), 14)),
        "change": "集合地点改到学校北门",
    }
    message = draft.add(
        Notification,
        person_id=guardian,
        kind=Kind.ACTIVITY_CHANGED,
        fact_key=f"demo:changed:{number}",
        fields=fields,
        created_at=written,
    )
    state, reason = REASONS[number % len(REASONS)]
    draft.add(
        Delivery,
        notification_id=message,
        channel="inbox",
        state=state,
        reason=reason,
        attempts=1,
        created_at=written,
        settled_at=written,
    )
