"""Wire shapes of rounds."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.kit.bounds import Change, Name, Shape, Wire
from app.rounds.kinds import RoundState, RunKind, SwapState

Wishes = Annotated[int, Field(ge=1, le=5)]
Percent = Annotated[int, Field(ge=0, le=100)]
Gap = Annotated[int, Field(ge=0, le=240)]


class RoundIn(Wire):
    name: Name
    opens_at: AwareDatetime
    closes_at: AwareDatetime
    most_wishes: Wishes = 5
    reserve_percent: Percent = Field(80, description="每个场次有百分之几的名额按在校人数预留给各校")
    gap_minutes: Gap = Field(30, description="两个活动之间路上要留的分钟数")
    top_up_of: UUID | None = Field(None, description="补录：只给那一轮没有选上的孩子")


class RoundChange(Change):
    name: Name | None = None
    opens_at: AwareDatetime | None = None
    closes_at: AwareDatetime | None = None
    most_wishes: Wishes | None = None
    reserve_percent: Percent | None = None
    gap_minutes: Gap | None = None


class RoundOut(Shape):
    id: UUID
    name: str
    opens_at: datetime
    closes_at: datetime
    most_wishes: int
    reserve_percent: int
    gap_minutes: int
    state: RoundState
    top_up_of: UUID | None
    seed_digest: str
    published_at: datetime | None
    version: int


class RoundSessionsIn(Wire):
    session_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]


class RoundSessionOut(Shape):
    id: UUID
    title: str
    base_name: str
    starts_at: datetime
    ends_at: datetime
    min_grade: int
    max_grade: int
    open: bool
    capacity: int
    free: int
    wished: int
    first: int


class WishesIn(Wire):
    pupil_id: UUID
    session_ids: Annotated[list[UUID], Field(max_length=10)] = Field(
        description="从最想去的开始；空列表表示撤回全部志愿"
    )


class WishesOut(Shape):
    pupil_id: UUID
    session_ids: list[UUID]
    message: str


class RunOut(Shape):
    id: UUID
    kind: RunKind
    input_digest: str
    result_digest: str
    figures: dict[str, Any]
    at: datetime


class ResultOut(Shape):
    pupil_id: UUID
    code: str
    session_id: UUID | None
    number: int | None
    unlucky: int
    reasons: list[str]


class SwapIn(Wire):
    pupil_id: UUID
    wanted_id: UUID


class SwapOut(Shape):
    id: UUID
    pupil_id: UUID
    given_id: UUID
    wanted_id: UUID
    state: SwapState
