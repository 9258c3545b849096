"""Pure rules of task sheets and evaluations: until when, are the answers right, what is low?"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.activities.kinds import QuestionKind
from app.evaluations.errors import AnswerMissing, AnswerWrong, NothingHandedIn
from app.kit.clock import at_school, school_day

LONGEST_LINE, LONGEST_TEXT = 200, 1000
CLOSED_AFTER = timedelta(days=60)
Given = str | Sequence[str]


def due_at(starts_at: datetime, due_days: int) -> datetime:
    """The last minute of that school day: 7 days after a Saturday is the evening of the next one."""
    return at_school(school_day(starts_at) + timedelta(days=due_days), 23, 59)


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


OPEN_FOR = timedelta(days=14)
FEWEST = 5  # fewer answers than these are not summed up: who said what could be guessed
LOWEST_FINE = 2


def closes_at(ends_at: datetime) -> datetime:
    """Evaluations of a session close 14 days after its end, or once everybody has spoken."""
    return ends_at + OPEN_FOR


def low_reason(scores: Mapping[str, int]) -> str:
    """Why the secretariat is told: 安全 at most 2, or the mean of all items at most 2; else nothing."""
    if scores.get("safety", 5) <= LOWEST_FINE:
        return f"“安全有序”只打了 {scores['safety']} 分"
    mean = sum(scores.values()) / len(scores)
    return f"平均只有 {mean:.1f} 分" if mean <= LOWEST_FINE else ""


def averages(answers: Sequence[Mapping[str, int]], items: Iterable[str]) -> dict[str, float] | None:
    """The mean of each item to a tenth; None while there are fewer than five answers."""
    if len(answers) < FEWEST:
        return None
    return {item: round(sum(one[item] for one in answers) / len(answers), 1) for item in items}
