"""Pure rules of task sheets: until when, late or not, and are the answers right?"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.activities.kinds import QuestionKind
from app.evaluations.errors import AnswerMissing, AnswerWrong, NothingHandedIn
from app.kit.clock import at_school, school_day

LONGEST_LINE, LONGEST_TEXT = 200, 1000
CLOSED_AFTER = timedelta(days=60)
Given = str | Sequence[str]


def due_at(starts_at: datetime, due_days: int) -> datetime:
    """The end of that school day: 7 days after a Saturday is the midnight after the next Saturday."""
    return at_school(school_day(starts_at) + timedelta(days=due_days + 1), 0)


def checked_answers(
    questions: Sequence[Mapping[str, Any]], given: Mapping[int, Given], pictures: int
) -> list[dict[str, Any]]:
    """The answers with the words of their questions, or a refusal that names the question.

    A sheet photographed on paper needs no answers on the screen. What is filled in must fit;
    required questions count once anything is filled in, or when there is no picture.
    """
    answers: list[dict[str, Any]] = []
    for number, question in enumerate(questions):
        value = _fitting(question, given.get(number, ""))
        if value:
            answers.append({"label": question["label"], "value": value})
    if not answers and not pictures:
        raise NothingHandedIn
    if answers or not pictures:
        _all_there(questions, {one["label"] for one in answers}, pictures)
    return answers


def _all_there(questions: Sequence[Mapping[str, Any]], answered: set[str], pictures: int) -> None:
    for question in questions:
        there = pictures if question["kind"] == QuestionKind.PICTURE else 0
        if question["required"] and question["label"] not in answered and not there:
            raise AnswerMissing(label=question["label"])


def _fitting(question: Mapping[str, Any], given: Given) -> str:
    kind, label = QuestionKind(question["kind"]), question["label"]
    many = [given] if isinstance(given, str) else list(given)
    many = [one.strip() for one in many if one.strip()]
    if not many or kind is QuestionKind.PICTURE:
        return ""
    if kind in (QuestionKind.ONE, QuestionKind.SEVERAL):
        if any(one not in question["options"] for one in many):
            raise AnswerWrong(label=label, wanted="请从选项中选")
        if kind is QuestionKind.ONE and len(many) > 1:
            raise AnswerWrong(label=label, wanted="只能选一个")
        return "、".join(one for one in question["options"] if one in many)
    value = many[0]
    if kind is QuestionKind.NUMBER and not _is_number(value):
        raise AnswerWrong(label=label, wanted="请填数字")
    longest = LONGEST_TEXT if kind is QuestionKind.LONG else LONGEST_LINE
    if len(value) > longest:
        raise AnswerWrong(label=label, wanted=f"最多 {longest} 个字")
    return value


def _is_number(value: str) -> bool:
    whole, _, part = value.removeprefix("-").partition(".")
    digits = whole + part
    return digits.isascii() and digits.isdigit() and bool(whole) and len(digits) <= 12
