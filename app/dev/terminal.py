"""How are lines laid out on a terminal whose letters may be two columns wide?"""

import contextlib
import unicodedata
from collections.abc import Sequence


def say(line: str = "") -> None:
    """Print one line at once; a terminal that was closed meanwhile is no reason to stop."""
    with contextlib.suppress(OSError):
        print(line, flush=True)


def width_of(text: str) -> int:
    """Count the columns a text takes: Chinese letters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def in_columns(rows: Sequence[Sequence[str]], indent: str = "  ") -> list[str]:
    """Lay rows out in aligned columns, two spaces apart."""
    widths = [max(width_of(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        indent
        + "  ".join(
            cell + " " * (width - width_of(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
