"""Closed lists of moderation."""

from app.kit.states import StoredEnum


class Subject(StoredEnum):
    """What the text or picture belongs to; each is written in a package of its own."""

    COLUMN = "column"
    COLUMN_PICTURE = "column_picture"
    EVALUATION = "evaluation"
    EVALUATION_ANSWER = "evaluation_answer"


class TextState(StoredEnum):
    """等检查 (an outside checker) → 通过, 未通过, 等人看 → 通过, 未通过."""

    PASSED = "passed"
    PERSON = "person"
    REFUSED = "refused"
    WAITING = "waiting"


class WordEffect(StoredEnum):
    """What a word of the list does: 拒绝 at once, or 请人看."""

    LOOK = "look"
    REFUSE = "refuse"


OPEN_STATES = (TextState.WAITING, TextState.PERSON)
STATE_WORDS = {
    TextState.WAITING: "等检查",
    TextState.PERSON: "等人看",
    TextState.PASSED: "通过",
    TextState.REFUSED: "未通过",
}
SUBJECT_WORDS = {
    Subject.COLUMN: "专栏文章",
    Subject.COLUMN_PICTURE: "专栏图片",
    Subject.EVALUATION: "活动评价",
    Subject.EVALUATION_ANSWER: "单位的回应",
}
EFFECT_WORDS = {WordEffect.LOOK: "请人看", WordEffect.REFUSE: "直接拒绝"}
