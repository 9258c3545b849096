"""What does a form page need that no editor describes?"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.web.console.forms import Field

Path = list[tuple[str, str]]


def sheet(
    heading: str,
    path: Path,
    action: str,
    fields: Sequence[Field],
    values: Mapping[str, Any],
    *,
    intro: str = "",
    button: str = "保存",
    hidden: Sequence[tuple[str, str]] = (),
    version: int | None = None,
) -> dict[str, Any]:
    """The context of `sheet.html`; the last step of `path` is where 取消 leads."""
    return {
        "sheet_title": heading,  # a refusal brings a heading of its own
        "path": path,
        "action": action,
        "fields": fields,
        "values": values,
        "errors": {},
        "problem": "",
        "intro": intro,
        "button": button,
        "hidden": hidden,
        "version": version,
    }
