"""Does a template field keep the platform's rule for its type?"""

import re
import unicodedata
from collections.abc import Callable

HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
CLOCK = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?"
MONTH, DAY = r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
DATE = rf"\d{{4}}(?:年{MONTH}月{DAY}日|-{MONTH}-{DAY}|/{MONTH}/{DAY}|\.{MONTH}\.{DAY})"
MOMENT = rf"(?:{DATE} ?)?{CLOCK}"
DAY_OR_MOMENT = rf"{DATE}(?: ?{CLOCK})?"

KEY = re.compile(r"([a-z]+(?:_[a-z]+)*)(\d*)")
NAME_HAN, NAME_LETTERS = 10, 20


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


def _name(value: str) -> bool:
    """Ten characters, or twenty when all of them are Latin letters."""
    latin = re.fullmatch(r"[A-Za-z .·]+", value)
    return len(value) <= (NAME_LETTERS if latin else NAME_HAN)


def _number(value: str) -> bool:
    digits = value.replace(".", "", 1)
    return digits.isascii() and digits.isdigit() and len(digits) <= 32 and value[-1] != "."


RULES: dict[str, Callable[[str], bool]] = {
    "thing": lambda value: len(value) <= 20,
    "short_thing": lambda value: len(value) <= 20,
    "number": _number,
    "letter": _matches(r"[A-Za-z]{1,32}"),
    "symbol": _matches(rf"[^A-Za-z0-9{HAN}]{{1,5}}"),
    "character_string": _matches(r"[!-~ ]{1,32}"),
    "time": _matches(rf"{MOMENT}(?: ?~ ?{MOMENT})?"),
    "date": _matches(rf"{DAY_OR_MOMENT}(?: ?~ ?(?:{DAY_OR_MOMENT}|{CLOCK}))?"),
    "amount": _matches(r"[¥￥$€£]?\d{1,10}(?:\.\d+)?元?"),
    "phone_number": _matches(r"[0-9+\-() ]{1,17}"),
    "car_number": lambda value: len(value) <= 8,
    "name": _name,
    "phrase": _matches(rf"[{HAN}]{{1,5}}"),
    "enum": lambda value: len(value) <= 20,
    "const": lambda value: len(value) <= 20,
    "keyword": lambda value: len(value) <= 200,  # historical templates carried no type
    "first": lambda _: True,
    "remark": lambda _: True,
}
NO_LONGER_SHOWN = {"first", "remark"}  # withdrawn on 2023-05-04: accepted, not displayed

LABELS = {
    "thing": "事项",
    "short_thing": "事项",
    "number": "数量",
    "character_string": "编号",
    "time": "时间",
    "date": "日期",
    "amount": "金额",
    "phone_number": "电话",
    "car_number": "车牌号",
    "name": "姓名",
    "phrase": "状态",
    "enum": "状态",
    "const": "状态",
    "letter": "代号",
    "symbol": "符号",
    "keyword": "内容",
}


def kind_of(key: str) -> str:
    """`thing12` is a `thing`; a key without a known type has none."""
    match = KEY.fullmatch(key)
    return match[1] if match and match[1] in RULES else ""


def valid(key: str, value: object) -> bool:
    """Blank values, control characters and line breaks fail whatever the type."""
    kind = kind_of(key)
    if not kind or not isinstance(value, str):
        return False
    if kind in NO_LONGER_SHOWN:
        return True
    if not value.strip() or any(unicodedata.category(char) == "Cc" for char in value):
        return False
    return RULES[kind](value)
