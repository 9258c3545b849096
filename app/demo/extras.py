"""Which activities does the demonstration have beside the weekly routine, and how are they given?"""

from datetime import date, datetime, timedelta
from uuid import UUID

from app.activities.kinds import ActivityKind, Category, SessionMode, SessionState
from app.activities.models import Session
from app.demo.build_activities import PlannedSession, add_activity
from app.demo.build_orgs import Members
from app.demo.build_people import Crowd, Pupil
from app.demo.draft import Draft
from app.demo.units import Offer
from app.kit.clock import at_school
from app.resources.models import LearningBase

PRIMARY = (1, 5)
FRIDAY = 4


def offer_of(title: str, grades: tuple[int, int] = PRIMARY, minutes: int = 60) -> Offer:
    return Offer(title, ActivityKind.SOCIAL_PRACTICE, Category.SOCIAL, grades, minutes)


# Courses given by wishes: this term's round and the one of last term.
CHOSEN = (
    ("陶艺工坊", offer_of("周五选修：捏泥成器")),
    ("竹编工艺坊", offer_of("周五选修：竹编小篮")),
    ("气象风铃科普站", offer_of("周五选修：观云识天")),
    ("航天育种园", offer_of("周五选修：太空种子")),
    ("无人机航拍营地", offer_of("周五选修：小小航拍手")),
)
FOR_CLASSES = ("陶艺工坊", offer_of("整班体验：泥与火", minutes=120))
RESERVED = ("竹编工艺坊", offer_of("竹编灯笼体验日", (1, 9), 90))
DRAWN = ("气象风铃科普站", offer_of("夜宿气象站", (4, 9), 600))
WEEKLY = ("民乐馆", offer_of("竹笛入门（每周三）"))


class Program:
    """Adds activities and their sessions, each with everything the others need to fill them."""

    def __init__(self, draft: Draft, members: Members, crowd: Crowd) -> None:
        self.draft, self._members, self._crowd = draft, members, crowd
        units = {unit_id: name for name, unit_id in members.units.items()}
        self._bases = {
            units[row["organization_id"]]: row["id"]
            for row in draft.rows[LearningBase]
            if row["organization_id"] in units
        }

    def activity(self, about: tuple[str, Offer]) -> UUID:
        unit, offer = about
        return add_activity(
            self.draft, self._members, self._crowd, (unit, offer, self._bases[unit])
        )

    def session(
        self,
        about: tuple[str, Offer],
        activity: UUID,
        starts: datetime,
        window: tuple[datetime, datetime],
        capacity: int,
        **more: object,
    ) -> tuple[UUID, PlannedSession]:
        """A date; `window` is when it can be booked."""
        unit, offer = about
        ends = starts + timedelta(minutes=offer.minutes)
        opens, closes = window
        past = ends < self.draft.now
        base = self._bases[unit]
        plan = PlannedSession(
            offer, unit, activity, base, starts, ends, opens, closes, capacity, past
        )
        session_id = self.draft.add(
            Session,
            activity_id=activity,
            base_id=base,
            starts_at=starts,
            ends_at=ends,
            booking_opens_at=opens,
            booking_closes_at=closes,
            capacity=capacity,
            state=SessionState.CLOSED if past else SessionState.PLANNED,
            **{"mode": SessionMode.FIRST_COME, **more},
        )
        return session_id, plan


def on_weekday(day: date, weekday: int) -> date:
    """The first such weekday (0 is Monday) from a day on."""
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def afternoon(day: date, hour: int = 16, minute: int = 30) -> datetime:
    return at_school(day, hour, minute)


def families_of(crowd: Crowd, grades: tuple[int, int]) -> list[Pupil]:
    """Children of these grades with a known guardian, without the cast, in a fixed order."""
    cast = set(crowd.children.values())
    return [
        pupil
        for pupil in crowd.pupils.values()
        if pupil.guardians and pupil.id not in cast and grades[0] <= pupil.room.grade <= grades[1]
    ]
