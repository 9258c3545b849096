"""What stands on the pages of a printed passport? Rows in, plain data for the template out."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from app.kit.art import stamp_svg
from app.kit.glyphs import BOX, boxed
from app.kit.printing import qr_svg
from app.passports.kinds import CATEGORY_WORDS
from app.passports.queries import InForce, as_visited
from app.passports.rules.crediting import applies
from app.passports.rules.ladder import Progress, progress, say_number

OTHER_THEME = "其他"
MOST_STAMPS = 150  # of one child on paper, the newest ones
OPEN_PAGES = 2
Data = dict[str, Any]


def paper_name(name: str) -> tuple[str, bool]:
    """The name as paper shows it, and whether a character is left to be written by hand."""
    shown = boxed(name)
    return shown, BOX in shown


def passports_data(
    booklets: Sequence[Any],
    stamps: dict[UUID, list[Any]],
    rules: Sequence[InForce],
    today: date,
    base_url: str,
) -> Data:
    """Everything for `passport.typ`; pictures of bases are drawn once, however many children went."""
    arts: dict[str, str] = {}
    passports = []
    for row in booklets:
        visits = stamps.get(row.pupil_id, [])
        shown, by_hand = paper_name(row.name)
        passports.append(
            {
                "name": shown,
                "by_hand": by_hand,
                "number": row.number,
                "place": boxed(f"{row.school or ''} {row.class_name or ''}".strip()),
                "seal": shown[:1],
                "qr": qr_svg(f"{base_url}/c/{row.scene}"),
                "count": len(visits),
                "places": len({one.base_id for one in visits}),
                "minutes": sum(one.minutes for one in visits),
                "ladders": ladders_data(row, visits, rules, today),
                "themes": _themes(visits[:MOST_STAMPS], arts),
                "more": max(0, len(visits) - MOST_STAMPS),
            }
        )
    return {
        "district": booklets[0].district,
        "verify": f"{base_url}/verify/（验证码）",
        "day": str(today),
        "open_pages": OPEN_PAGES,
        "passports": passports,
        "arts": arts,
    }


def ladders_data(
    row: Any, visits: Sequence[Any], rules: Sequence[InForce], today: date
) -> list[Data]:
    """Each rule set that applies: its steps, how full the next one is, and 为什么还没有."""
    visited = [as_visited(one) for one in visits]
    return [
        _ladder(row, one, progress(one.body, visited, row.grade, today))
        for one in rules
        if applies(one.body, row.grade)
    ]


def _ladder(row: Any, one: InForce, got: Progress) -> Data:
    days = {level: day for key, level, _, _, day in row.levels if key == one.key}
    steps = [
        {
            "name": boxed(step.level.name),
            "reached": step.reached,
            "day": days.get(step.level.code, "") if step.reached else "",
        }
        for step in got.levels
    ]
    needs = got.upcoming.needs if got.upcoming else ()
    return {
        "title": boxed(one.body.title),
        "steps": steps,
        "percent": got.upcoming.percent if got.upcoming else None,
        "sentence": boxed(got.sentence),
        "needs": [[need.words, f"{say_number(need.have)}／{need.need.at_least}"] for need in needs],
    }


def _themes(visits: Sequence[Any], arts: dict[str, str]) -> list[Data]:
    """Bases of one theme stand together; what has none comes last."""
    themes: dict[str, dict[UUID, list[Any]]] = {}
    for one in visits:
        themes.setdefault(one.theme or OTHER_THEME, {}).setdefault(one.base_id, []).append(one)
    return [
        {"name": boxed(theme), "bases": [_base(rows, arts) for rows in bases.values()]}
        for theme, bases in sorted(themes.items(), key=lambda pair: (pair[0] == OTHER_THEME, pair))
    ]


def _base(rows: Sequence[Any], arts: dict[str, str]) -> Data:
    name, theme, look = rows[0].base_name, rows[0].theme, rows[0].stamp_look
    key = f"{name}/{theme}/{look}"
    if key not in arts:
        arts[key] = stamp_svg(name, theme, look)
    return {"name": boxed(name), "art": key, "stamps": [stamp_data(one) for one in rows]}


def stamp_data(one: Any) -> Data:
    return {
        "title": boxed(one.title),
        "base": boxed(one.base_name),
        "day": str(one.day),
        "category": CATEGORY_WORDS[one.category],
        "minutes": one.minutes,
        "evidence": one.evidence,
        "code": one.code,
    }
