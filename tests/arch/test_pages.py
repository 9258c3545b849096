"""Do templates obey the content policy? (Old browsers: test_floors.py.)"""

import re
from pathlib import Path

import pytest

from tests.arch.source import ROOT, Finding, report

INLINE = (
    (re.compile(r"<[a-z][^<>]*\sstyle\s*=", re.IGNORECASE), "an inline style"),
    (re.compile(r"<[a-z][^<>]*\son[a-z]+\s*=", re.IGNORECASE), "an inline handler"),
    (re.compile(r"<style\b", re.IGNORECASE), "a style element"),
    (re.compile(r"<script\b(?![^>]*\ssrc\s*=)", re.IGNORECASE), "an inline script"),
    (re.compile(r"(?:href|src|action)\s*=\s*[\"']\s*javascript:", re.IGNORECASE), "a script link"),
    (re.compile(r"(?:src|href)\s*=\s*[\"'](?:https?:)?//", re.IGNORECASE), "a foreign address"),
    (re.compile(r"\|\s*safe\b"), "text that is not escaped"),
)


def _lines(pattern: re.Pattern[str], path: Path, root: Path, what: str) -> list[Finding]:
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(root).as_posix()
    return [
        Finding(name, text[: match.start()].count("\n") + 1, f"{what}: {match.group(0).strip()}")
        for match in pattern.finditer(text)
    ]


def inline_code(paths: list[Path], root: Path) -> list[Finding]:
    """What a strict Content-Security-Policy would have to allow."""
    return [
        finding
        for path in paths
        for pattern, what in INLINE
        for finding in _lines(pattern, path, root, what)
    ]


def templates() -> list[Path]:
    folders = (ROOT / "app" / "web" / "templates", ROOT / "wechat" / "simulator" / "templates")
    return sorted(path for folder in folders for path in folder.rglob("*.html"))


def test_templates_hold_no_inline_code() -> None:
    assert len(templates()) > 10
    assert not (found := inline_code(templates(), ROOT)), report(found)


@pytest.mark.parametrize(
    "text",
    [
        '<p class="x" style="color: red">',
        '<button onclick="go()">',
        "<style>p { margin: 0 }</style>",
        "<script>go()</script>",
        '<a href="javascript:go()">',
        '<script src="https://cdn.example/x.js"></script>',
        "<p>{{ name | safe }}</p>",
    ],
)
def test_inline_code_is_caught(text: str, tmp_path: Path) -> None:
    planted = tmp_path / "page.html"
    planted.write_text(text)
    assert inline_code([planted], tmp_path)


def test_plain_pages_are_fine(tmp_path: Path) -> None:
    planted = tmp_path / "page.html"
    planted.write_text(
        '{% set online = 1 %}<script src="/static/a.js"></script><p class="on">a</p>'
    )
    assert not inline_code([planted], tmp_path)
