"""What may a field hold? Every string and number that comes from outside is one of these."""

import re
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029\ud800-\udfff\ufeff]")
MAX_INT = 2**31 - 1


def _clean(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("control_characters")
    return value


def has_control(value: str) -> bool:
    """Whether a line holds what nobody types; emoji and wide spaces are fine."""
    return bool(_CONTROL.search(value)) or "\n" in value or "\r" in value or "\t" in value


def _one_line(value: str) -> str:
    if "\n" in value or "\r" in value:
        raise ValueError("line_break")
    return _clean(value)


def _line(limit: int, least: int = 1) -> StringConstraints:
    return StringConstraints(min_length=least, max_length=limit, strip_whitespace=True)


Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
Name = Annotated[str, _line(60), AfterValidator(_one_line)]
Line = Annotated[str, _line(200, 0), AfterValidator(_one_line)]
LongText = Annotated[str, _line(4000, 0), AfterValidator(_clean)]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_clean)]
Count = Annotated[int, Field(ge=0, le=100_000)]
Minutes = Annotated[int, Field(ge=0, le=24 * 60)]
Grade = Annotated[int, Field(ge=-3, le=9)]  # kindergarten -3..-1 (小班…大班), school 1..9
Limit = Annotated[int, Field(ge=1, le=200)]


class Wire(BaseModel):
    """Something that came in: unknown fields are refused, strings are bounded."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Change(Wire):
    """A partial edit: what is not sent stays. Null is accepted only for `may_be_null` fields."""

    may_be_null: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="after")
    def _no_stray_null(self) -> Self:
        for name in self.model_fields_set - self.may_be_null:
            if getattr(self, name) is None:
                raise ValueError(f"{name}_is_null")
        return self

    def changes(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class Shape(BaseModel):
    """Something that goes out, read from a row."""

    model_config = ConfigDict(from_attributes=True)
