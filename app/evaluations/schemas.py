"""Wire shapes of task sheets that are handed in, and of evaluations."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from app.activities.kinds import SheetVerdict
from app.evaluations.kinds import Side, SubmissionState
from app.kit.bounds import Line, LongText, Shape, Wire, has_control


def _plain(value: str) -> str:
    if has_control(value):
        raise ValueError("control_characters")
    return value


Words = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, strip_whitespace=True),
    AfterValidator(_plain),
]


class AnswerIn(Wire):
    """The answer to the question with this number, from 0; several choices are several values."""

    question: int = Field(ge=0, le=11)
    values: list[Annotated[LongText, Field(max_length=1000)]] = Field(max_length=12)


class AnswersIn(Wire):
    answers: list[AnswerIn] = Field(default_factory=list, max_length=12)

    def given(self) -> dict[int, list[str]]:
        return {one.question: one.values for one in self.answers}


class HandedIn(AnswersIn):
    """What a key stands for: the answers and the digests of the pictures."""

    pictures: list[str]


class ReviewIn(Wire):
    verdict: SheetVerdict
    comment: Line = ""
    keep: bool = Field(False, description="把这句评语存进自己的评语库")


class PassIn(Wire):
    submission_ids: list[UUID] = Field(min_length=1, max_length=200)


class PhraseIn(Wire):
    words: Words


class PhraseOut(Shape):
    id: UUID
    words: str


class ReviewOut(Shape):
    verdict: SheetVerdict
    comment: str
    at: datetime


class SubmissionOut(Shape):
    id: UUID
    session_id: UUID
    pupil_id: UUID
    number: int
    state: SubmissionState
    is_late: bool
    submitted_at: datetime


class SubmissionPage(SubmissionOut):
    """One submission with everything: the unit reads the name masked."""

    pupil_name: str
    answers: list[dict[str, Any]]
    pictures: int
    reviews: list[ReviewOut]


class GridRow(Shape):
    """One child of a session: `state` is None while nothing is handed in."""

    pupil_id: UUID | None
    name: str
    class_name: str | None
    came: bool
    submission_id: UUID | None
    number: int | None
    state: SubmissionState | None
    is_late: bool | None
    submitted_at: datetime | None
    pictures: int


class PassedOut(Shape):
    """How many are passed now, of those that were asked for."""

    passed: int
    refused: int


class OwnSheetOut(Shape):
    """A sheet of an own child: what is to do, until when, and how it stands."""

    session_id: UUID
    pupil_id: UUID
    activity_title: str
    title: str
    starts_at: datetime
    due_at: datetime
    needed: bool
    state: SubmissionState | None
    comment: str


Score = Annotated[int, Field(ge=1, le=5)]


class EvaluationIn(Wire):
    """For a child `pupil_id`; by a teacher neither; by the unit `class_id`."""

    pupil_id: UUID | None = None
    class_id: UUID | None = None
    scores: dict[Annotated[str, StringConstraints(max_length=20)], Score] = Field(max_length=8)
    said: Annotated[LongText, Field(max_length=500)] = ""


class EvaluationOut(Shape):
    id: UUID
    session_id: UUID
    side: Side
    scores: dict[str, int]
    said: str


class ClassRating(Shape):
    """What the unit says of a class."""

    class_name: str
    scores: dict[str, int]
    said: str


class ResultsOut(Shape):
    """A session's evaluation. Before it closes only how many answered; few answers are not summed."""

    session_id: UUID
    closed: bool
    closes_at: datetime
    answers: int
    averages: dict[str, float] | None
    texts: list[str]
    classes: list[ClassRating]
    answer: str
    answered: bool


class AveragesOut(Shape):
    """What families read about an activity, from five answers on."""

    answers: int
    averages: dict[str, float] | None
    unit_says: list[str]


class AnswerTextIn(Wire):
    said: Annotated[LongText, Field(min_length=1, max_length=500)]


class AnsweredOut(Shape):
    session_id: UUID
    said: str


class AlertOut(Shape):
    id: UUID
    session_id: UUID
    reason: str
    at: datetime
    note: str
    settled_at: datetime | None


class SettleIn(Wire):
    note: Annotated[Line, Field(min_length=1)]
