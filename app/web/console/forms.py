"""How does a form become the same checked values that the API takes, and errors become words?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData

from app.kit.clock import SCHOOL_TIME
from app.kit.errors import DomainError, Kind

S = TypeVar("S", bound=BaseModel)
_WORDS = {
    "missing": "请填写。",
    "string_too_short": "太短了，至少 {min_length} 个字。",
    "string_pattern_mismatch": "只能有字母、数字和短横。",
    "too_short": "太短了，至少 {min_length} 个字。",
    "string_too_long": "太长了，最多 {max_length} 个字。",
    "too_long": "太长了，最多 {max_length} 个字。",
    "int_parsing": "请填写整数。",
    "greater_than_equal": "太小了，至少是 {ge}。",
    "less_than_equal": "太大了，最多是 {le}。",
    "enum": "请从列表中选择。",
    "uuid_parsing": "请从列表中选择。",
    "datetime_from_date_parsing": "请填写日期和时间。",
    "time_parsing": "请填写时间，例如 14:00。",
    "date_from_datetime_parsing": "请填写日期，例如 2026-09-01。",
}
# Words of a schema's own rules → what the person has to change.
_RULES = {
    "ends_before_start": "结束要晚于开始。",
    "min_grade": "最低年级不能高于最高年级。",
    "more_local_than_all": "沪籍学生数不能多于学生总数。",
    "person_or_name": "请选一位老师，或填写新老师的姓名，只填其中一项。",
    "phone_number": "请填写电话号码，例如 021-55550001。",
    "no_minutes": "请填写加或减的分钟数，不能是 0。",
    "span_of_days": "结束不能早于开始，一次最多登记 31 天。",
}


class FormInvalid(DomainError):
    kind, code, sentence = Kind.INVALID, "web.form_invalid", "有几项需要改正：{fields}。"


@dataclass(frozen=True)
class Field:
    """One field of a form; `kind` is text, long, number, choice, many, moment, day or clock."""

    name: str
    label: str
    kind: str = "text"
    required: bool = False
    options: Sequence[tuple[str, str]] = ()
    hint: str = ""
    longest: int = 60


class Form:
    """What was submitted, as trimmed text; files and strange values are left out."""

    def __init__(self, data: FormData) -> None:
        self._items = [(key, value) for key, value in data.multi_items() if isinstance(value, str)]

    def many(self, name: str) -> list[str]:
        return [value for key, value in self._items if key == name]

    def one(self, name: str) -> str:
        return next((value.strip() for key, value in self._items if key == name), "")

    def version(self) -> int | None:
        """The version the form was filled from; nonsense never matches."""
        given = self.one("version")
        if not given:
            return None
        return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1

    @property
    def items(self) -> list[tuple[str, str]]:
        """Everything, to be sent once more after a fresh proof."""
        return self._items


async def read_form(request: Request) -> Form:
    form = Form(await request.form(max_files=0, max_fields=1000))
    request.state.submitted = form.items
    return form


def typed(form: Form, fields: Sequence[Field]) -> dict[str, Any]:
    """The form's text as values for a schema: empty is None, local times get their zone."""
    found: dict[str, Any] = {}
    for field in fields:
        raw = form.one(field.name)
        value: Any = raw
        if field.kind == "many":
            value = form.many(field.name)
        elif field.kind in {"number", "choice", "moment", "day", "clock"} and not raw:
            value = None
        elif field.kind == "moment":
            value = _moment(raw)
        found[field.name] = value
    return found


def _moment(raw: str) -> Any:
    try:
        return datetime.fromisoformat(raw).replace(tzinfo=SCHOOL_TIME)
    except ValueError:
        return raw


def checked(
    request: Request, schema: type[S], values: Mapping[str, Any], fields: Sequence[Field]
) -> S:
    """The schema's object, or a refusal that names the fields in Chinese."""
    try:
        return schema.model_validate(dict(values))
    except ValidationError as exc:
        labels = {field.name: field.label for field in fields}
        errors: dict[str, str] = {}
        for error in exc.errors(include_url=False):
            name = str(error["loc"][0]) if error["loc"] else ""
            errors.setdefault(name, _say(error))
        request.state.form_errors = errors
        named = "、".join(labels.get(name, "前后两项") for name in errors)
        raise FormInvalid(fields=named) from exc


def _say(error: Any) -> str:
    empty = (
        error["type"] in {"string_too_short", "too_short"}
        and not str(error.get("input") or "").strip()
    )
    template = "请填写。" if empty else _WORDS.get(error["type"])
    if template is None:
        reason = str(error.get("ctx", {}).get("error", ""))
        for word, sentence in _RULES.items():
            if word in reason:
                return sentence
        return "填写的内容有误。"
    return template.format(**error.get("ctx", {}))
