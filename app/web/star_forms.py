"""The form of an evaluation: one row of stars for all, or one for each item; works without scripts."""

from collections.abc import Mapping
from typing import Any

from app.web.console.forms import Form

OVERALL = "all"


def stars_of(form: Form, items: Mapping[str, str]) -> dict[str, int]:
    """What was chosen; an item without stars of its own has those of the whole."""
    whole = _star(form.one(OVERALL))
    found = {item: _star(form.one(f"s-{item}")) or whole for item in items}
    return {item: score for item, score in found.items() if score}


def _star(said: str) -> int:
    return int(said) if said in {"1", "2", "3", "4", "5"} else 0


def chosen(scores: Mapping[str, int] | None) -> dict[str, Any]:
    """The stars to be shown: the whole only while all items have the same."""
    if not scores:
        return {}
    values = set(scores.values())
    whole = {OVERALL: values.pop()} if len(values) == 1 else {}
    return {**{f"s-{item}": score for item, score in scores.items()}, **whole}
