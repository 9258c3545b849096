"""Wire shapes of task sheets that are handed in."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from app.activities.kinds import SheetVerdict
from app.evaluations.kinds import SubmissionState
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
