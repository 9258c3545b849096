"""Which task sheets and evaluations has the demonstration: some passed, some waiting, one low score?"""

import hashlib
import io
from datetime import datetime, timedelta
from uuid import UUID

from PIL import Image, ImageDraw

from app.activities.models import Activity, Session, TaskSheet
from app.attendance.models import Attendance
from app.demo.build_people import Crowd
from app.demo.draft import Draft, Row, demo_scene
from app.demo.units import POTTERY_COURSE
from app.evaluations.kinds import UNIT_ITEMS, VISITOR_ITEMS, Side, SubmissionState
from app.evaluations.models import (
    CommentPhrase,
    Evaluation,
    EvaluationAlert,
    EvaluationAnswer,
    SheetCode,
    SheetReview,
    SubmissionPicture,
    TaskSubmission,
)
from app.evaluations.rules import low_reason
from app.files.kinds import Media
from app.files.models import StoredContent, StoredFile
from app.kit.ids import digest
from app.moderation.kinds import Subject, TextState
from app.moderation.models import ModerationItem
from app.passports.models import SheetCredit

QUESTIONS = [
    {"kind": "text", "label": "今天我做了什么？", "options": [], "required": True},
    {
        "kind": "one",
        "label": "最难的一步是",
        "options": ["揉泥", "捏形", "上釉"],
        "required": False,
    },
    {"kind": "number", "label": "我的杯子有几厘米高？", "options": [], "required": False},
    {"kind": "picture", "label": "画一画我的杯子", "options": [], "required": False},
]
PHRASES = ("观察得很仔细！", "请把杯子的高度补上。", "画得真好，写得再具体一点。")
SAID = ("泥巴软软的，很好玩", "希望时间再长一点", "老师讲得很清楚", "下次还想来", "教室有点挤")
STATES = (
    SubmissionState.PASSED,
    SubmissionState.EXCELLENT,
    SubmissionState.SUBMITTED,
    SubmissionState.RETURNED,
)


def build_sheets(draft: Draft, crowd: Crowd) -> None:
    """The pottery course has a sheet; the children who came handed in, and both sides spoke."""
    activity = next(row for row in draft.rows[Activity] if row["title"] == POTTERY_COURSE)
    sheet = draft.add(
        TaskSheet,
        activity_id=activity["id"],
        title="我的第一只杯子",
        instructions="边做边看，回家把下面的问题写一写，拍照交给老师。",
        questions=QUESTIONS,
        due_days=10,
        needed=False,
    )
    teacher = crowd.staff["叶老师"]
    for words in PHRASES:
        draft.add(CommentPhrase, person_id=teacher, words=words)
    past = [
        row
        for row in draft.rows[Session]
        if row["activity_id"] == activity["id"] and row["starts_at"] < draft.now
    ]
    picture = _drawing()
    for session in past:
        _Visit(draft, crowd, session, sheet).fill(teacher, picture)


class _Visit:
    """What followed one past session."""

    def __init__(self, draft: Draft, crowd: Crowd, session: Row, sheet: UUID) -> None:
        self._draft, self._crowd, self._sheet = draft, crowd, sheet
        self._id: UUID = session["id"]
        self._end: datetime = session["ends_at"]
        self._came = [
            row["pupil_id"] for row in draft.rows[Attendance] if row["session_id"] == self._id
        ]

    def fill(self, teacher: UUID, picture: bytes) -> None:
        own = set(self._crowd.children.values())
        ours = sorted(self._came, key=lambda pupil: pupil not in own)[:8]
        for number, pupil in enumerate(ours):
            self._hand_in(pupil, STATES[number % len(STATES)], teacher, picture)
            self._evaluate(number, pupil)
        self._evaluate_classes(ours)

    def _hand_in(self, pupil: UUID, state: SubmissionState, teacher: UUID, picture: bytes) -> None:
        draft = self._draft
        at = min(self._end + timedelta(days=1), draft.now)
        scene = demo_scene("t", f"{draft.code}/{self._id}/{pupil}")
        draft.add(SheetCode, session_id=self._id, pupil_id=pupil, code=scene)
        handed = draft.add(
            TaskSubmission,
            task_sheet_id=self._sheet,
            session_id=self._id,
            pupil_id=pupil,
            number=1,
            answers=[{"label": QUESTIONS[0]["label"], "value": "捏了一只杯子，还刻了名字。"}],
            state=state,
            is_late=False,
            submitted_at=at,
        )
        if pupil in self._crowd.children.values():
            file_id = _kept(draft, picture)
            draft.add(SubmissionPicture, submission_id=handed, number=1, file_id=file_id)
        if state is SubmissionState.SUBMITTED:
            return
        comment = PHRASES[1] if state is SubmissionState.RETURNED else PHRASES[0]
        review = {"submission_id": handed, "verdict": state.value, "comment": comment}
        draft.add(SheetReview, **review, person_id=teacher, at=at)
        if state is not SubmissionState.RETURNED:
            draft.link(SheetCredit, pupil_id=pupil, session_id=self._id, standing=True)

    def _evaluate(self, number: int, pupil: UUID) -> None:
        """All but one like it; that one finds it unsafe, and the secretariat looks into it."""
        low = number == 5
        scores = dict.fromkeys(VISITOR_ITEMS, 5 - number % 2)
        scores["safety"] = 2 if low else 5
        said = SAID[number] if number < len(SAID) else ""
        row_id = self._draft.add(
            Evaluation,
            session_id=self._id,
            side=Side.PUPIL,
            pupil_id=pupil,
            class_id=self._crowd.pupils[pupil].room.id,
            scores=scores,
            said=said,
            text_id=None,
        )
        if said:
            self._draft.rows[Evaluation][-1]["text_id"] = self._text(row_id, said, number)
        if low:
            reason = low_reason(scores)
            alert = {"session_id": self._id, "evaluation_id": row_id, "reason": reason}
            self._draft.add(EvaluationAlert, **alert)

    def _text(self, row_id: UUID, said: str, number: int) -> UUID:
        """The first texts are passed, the others wait for a person."""
        passed = number < 3
        return self._draft.add(
            ModerationItem,
            subject=Subject.EVALUATION,
            subject_id=row_id,
            digest=digest(said),
            body=None if passed else said,
            state=TextState.PASSED if passed else TextState.PERSON,
            settled_at=self._draft.now if passed else None,
        )

    def _evaluate_classes(self, pupils: list[UUID]) -> None:
        rooms = {self._crowd.pupils[pupil].room.id for pupil in pupils}
        for room in sorted(rooms):
            scores = dict.fromkeys(UNIT_ITEMS, 5)
            self._draft.add(
                Evaluation,
                session_id=self._id,
                side=Side.UNIT,
                class_id=room,
                scores=scores,
                text_id=None,
            )
        if self._end + timedelta(days=14) > self._draft.now:
            return
        said = "谢谢大家！下次每场少收几位，让孩子们坐得宽一些。"
        answer = self._draft.add(EvaluationAnswer, session_id=self._id, said=said)
        item = self._draft.add(
            ModerationItem,
            subject=Subject.EVALUATION_ANSWER,
            subject_id=answer,
            digest=digest(said),
            state=TextState.PASSED,
            settled_at=self._draft.now,
        )
        self._draft.rows[EvaluationAnswer][-1]["text_id"] = item


def _drawing() -> bytes:
    """A drawn sheet that stands for the photographs."""
    picture = Image.new("RGB", (600, 800), "#fbf7ec")
    pen = ImageDraw.Draw(picture)
    for line in range(180, 760, 60):
        pen.line((40, line, 560, line), fill="#b9c6cf", width=2)
    pen.ellipse((190, 330, 410, 390), outline="#8a4b2a", width=6)
    pen.line((190, 360, 220, 560), fill="#8a4b2a", width=6)
    pen.line((410, 360, 380, 560), fill="#8a4b2a", width=6)
    pen.line((220, 560, 380, 560), fill="#8a4b2a", width=6)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=78)
    return out.getvalue()


def _kept(draft: Draft, content: bytes) -> UUID:
    kept = draft.add(
        StoredFile,
        name="任务单.jpg",
        media=Media.JPEG,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    draft.link(StoredContent, file_id=kept, content=content)
    return kept
