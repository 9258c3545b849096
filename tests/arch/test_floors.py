"""Do our style sheets, scripts and pages use only what the oldest promised browsers know?

The declared floor is Chromium 88 for families' phones (/m) and 109 for offices (/console).

What this shows: no file that a page loads, own or vendored, names a feature of the table below that
came after its floor, except where `EXCUSED` says why it does no harm. What it does not show: that a
page looks right or works in such a browser, nor anything about a feature the table does not know, a
feature that is spelled at run time, or a bug of an old version. Only a real Chromium 88 and 109 could
(both can be had from npm, see clients.md; they are not part of this repository). The reading is
lexical: comments, strings and plain regular expressions are taken out, then names are looked for.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.arch.source import ROOT

PHONE, OFFICE = 88, 109
STATIC = ROOT / "app" / "web" / "static"
TEMPLATES = ROOT / "app" / "web" / "templates"
# Feature → (first Chromium that knows it, how it is spelled). Numbers from the browsers' release notes.
CSS = {
    "@property": (85, r"@property\b"),
    "inset": (87, r"[;{]\s*inset(?:-\w+)*\s*:"),
    ":is(), :where()": (88, r":(?:is|where)\("),
    "aspect-ratio": (88, r"[;{]\s*aspect-ratio\s*:"),
    "text-decoration-thickness": (89, r"[;{]\s*text-decoration-thickness\s*:"),
    "overflow: clip": (90, r"overflow(?:-[xy])?\s*:\s*clip\b"),
    "accent-color": (93, r"[;{]\s*accent-color\s*:"),
    "scrollbar-gutter": (94, r"[;{]\s*scrollbar-gutter\s*:"),
    "@layer": (99, r"@layer\b"),
    "hwb()": (101, r"\bhwb\("),
    "ranges in @media": (104, r"@media[^{]*[<>]"),
    "translate, rotate, scale": (104, r"[;{]\s*(?:translate|rotate|scale)\s*:"),
    ":has()": (105, r":has\("),
    ":modal": (105, r":modal\b"),
    "@container": (105, r"@container\b"),
    "units of containers": (105, r"\d(?:cq[whib]|cqmin|cqmax)\b"),
    "dvh, svh, lvh": (108, r"\d[dsl]v(?:[hwib]|min|max)\b"),
    "lh": (109, r"\d(?:lh|rlh)\b"),
    "color-mix()": (111, r"\bcolor-mix\("),
    "oklch(), lab() …": (111, r"\b(?:oklch|oklab|lch|lab)\("),
    "color()": (111, r"(?<![\w-])color\("),
    "sin() …": (111, r"(?<![\w-])(?:sin|cos|tan|pow|sqrt|hypot)\("),
    ":nth-child(of)": (111, r":nth-(?:last-)?child\([^)]*\bof\b"),
    "text-wrap": (114, r"[;{]\s*text-wrap\s*:"),
    ":popover-open": (114, r":popover-open\b"),
    "subgrid": (117, r":\s*subgrid\b"),
    "@starting-style": (117, r"@starting-style\b"),
    "@scope": (118, r"@scope\b"),
    ":user-valid": (119, r":user-(?:in)?valid\b"),
    ":dir()": (120, r":dir\("),
    "light-dark()": (123, r"\blight-dark\("),
    "field-sizing": (123, r"[;{]\s*field-sizing\s*:"),
    "round(), mod()": (125, r"(?<![\w-])(?:round|mod|rem)\("),
}
NESTING = 112
JS = {
    "replaceAll": (85, r"\.replaceAll\("),
    "??=, ||=, &&=": (85, r"\?\?=|\|\|=|&&="),
    "replaceChildren": (86, r"\.replaceChildren\("),
    "await at the top": (89, r"^await\b"),
    "#name in object": (91, r"#\w+\s+in\b"),
    "at()": (92, r"\.at\("),
    "randomUUID": (92, r"\.randomUUID\("),
    "Object.hasOwn": (93, r"\bObject\.hasOwn\("),
    "static block": (94, r"\bstatic\s*\{"),
    "scheduler": (94, r"\bscheduler\.(?:postTask|yield)\b"),
    "findLast": (97, r"\.findLast(?:Index)?\("),
    "structuredClone": (98, r"\bstructuredClone\("),
    "showPicker": (99, r"\.showPicker\("),
    "AbortSignal.timeout": (103, r"\bAbortSignal\.timeout\("),
    "checkVisibility": (105, r"\.checkVisibility\("),
    "toSorted, toReversed, toSpliced": (110, r"\.to(?:Sorted|Reversed|Spliced)\("),
    "startViewTransition": (111, r"\.startViewTransition\("),
    "showPopover": (114, r"\.(?:show|hide|toggle)Popover\("),
    "groupBy": (117, r"\b(?:Object|Map)\.groupBy\("),
    "withResolvers": (119, r"\bPromise\.withResolvers\("),
    "URL.canParse": (120, r"\bURL\.canParse\("),
    "Array.fromAsync": (121, r"\bArray\.fromAsync\("),
    "union of sets": (122, r"\.(?:isSubsetOf|symmetricDifference|isDisjointFrom)\("),
    "moveBefore": (133, r"\.moveBefore\("),
}
HTML = {
    "inert": (102, r"<[^>]*\sinert[\s>=]"),
    "popover": (114, r"<[^>]*\spopover(?:target)?[\s>=]"),
    "search element": (118, r"<search\b"),
    "details name": (120, r"<details[^>]*\sname="),
    "dialog closedby": (134, r"<dialog[^>]*\sclosedby="),
}
# (file without its hash, feature) → why an older browser takes no harm.
EXCUSED: dict[tuple[str, str], str] = {
    (
        "htmx.js",
        "startViewTransition",
    ): "htmx asks whether it is there; our pages do not ask for it",
    ("htmx.js", "moveBefore"): "htmx asks whether it is there, and else moves as before",
}


@dataclass(frozen=True)
class Above:
    """A feature that came after the floor."""

    path: str
    feature: str
    since: int

    def __str__(self) -> str:
        return f"{self.path}: {self.feature} came with Chromium {self.since}"


def bare_css(text: str) -> str:
    """Without comments, strings and addresses."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
    text = re.sub(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'", '""', text)
    return re.sub(r"url\([^)]*\)", "url()", text)


_JS_TOKEN = re.compile(
    r"""
    //[^\n]* | /\*.*?\*/
  | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
  | `(?:\\.|[^`\\])*`
  | (?<=[=(,:\[!&|?{};\n])\s*/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*
    """,
    re.DOTALL | re.VERBOSE,
)


def bare_js(text: str) -> str:
    """Without comments, strings and plain regular expressions; text of templates goes with its code."""
    return _JS_TOKEN.sub(' "" ', text)


def nested_rules(css: str) -> Iterator[str]:
    """Selectors of rules inside rules, by `&` or bare; groups such as @media do not count."""
    stack: list[str] = []
    start = 0
    for place, sign in enumerate(css):
        if sign == "{":
            prelude = css[start:place].strip()
            grouping = prelude.startswith("@")
            if not grouping and any(not one.startswith("@") for one in stack):
                yield prelude
            stack.append(prelude)
        elif sign == "}" and stack:
            stack.pop()
        if sign in "{};":
            start = place + 1


def found_in(path: str, text: str, floor: int) -> list[Above]:
    """What a file names that is newer than its floor."""
    if path.endswith(".css"):
        text, table = bare_css(text), CSS
    elif path.endswith(".js"):
        text, table = bare_js(text), JS
    else:
        table = HTML
    found = [
        Above(path, feature, since)
        for feature, (since, spelled) in table.items()
        if since > floor and re.search(spelled, text, re.MULTILINE)
    ]
    if path.endswith(".css") and floor < NESTING and any(nested_rules(text)):
        found.append(Above(path, "nesting", NESTING))
    return found


def plain(path: Path) -> str:
    """`htmx.d6fdc75f204e.js` is htmx.js."""
    return re.sub(r"\.[0-9a-f]{12}\.", ".", path.name)


def loaded_by(frames: list[Path]) -> set[str]:
    """The assets that templates name."""
    return {
        name
        for frame in frames
        for name in re.findall(r"asset\('([^']+)'\)", frame.read_text(encoding="utf-8"))
        if name.endswith((".css", ".js"))
    }


def floors() -> dict[Path, int]:
    """Every file a page loads, with the lowest floor of the pages that load it."""
    offices = sorted((TEMPLATES / "console").rglob("*.html"))
    pages = sorted([*TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.js")])
    others = [page for page in pages if page not in offices]
    files = {plain(path): path for path in STATIC.rglob("*.*")}
    found: dict[Path, int] = dict.fromkeys(offices, OFFICE) | dict.fromkeys(others, PHONE)
    for name in loaded_by(offices):
        found[files[name]] = OFFICE
    for name in loaded_by(others):
        found[files[name]] = PHONE
    return found


def test_every_file_a_page_loads_stays_on_its_floor() -> None:
    checked = floors()
    assert {plain(path) for path in checked} >= {
        "family.css",
        "weui.css",
        "bootstrap.css",
        "htmx.js",
    }
    found = [
        above
        for path, floor in checked.items()
        for above in found_in(plain(path), path.read_text(encoding="utf-8"), floor)
        if (plain(path), above.feature) not in EXCUSED
    ]
    assert not found, "\n".join(map(str, found))


def test_every_style_sheet_and_script_of_ours_is_loaded_by_a_page() -> None:
    """One that no page names would not be checked."""
    own = {path.name for path in STATIC.glob("*.*") if path.suffix in {".css", ".js"}}
    assert own <= {plain(path) for path in floors()}


def test_every_excuse_is_still_needed() -> None:
    found = {
        (plain(path), above.feature)
        for path, floor in floors().items()
        for above in found_in(plain(path), path.read_text(encoding="utf-8"), floor)
    }
    assert set(EXCUSED) <= found


PLANTED_CSS = {
    ":has()": ".card:has(img) { margin: 0 }",
    "nesting": ".card { color: red; & img { margin: 0 } }",
    "@container": "@container (min-width: 1px) { p { margin: 0 } }",
    "@layer": "@layer base { p { margin: 0 } }",
    "dvh, svh, lvh": "main { min-height: 100dvh }",
    "color-mix()": "a { color: color-mix(in srgb, red, blue) }",
    "oklch(), lab() …": "a { color: oklch(50% 0 0) }",
    "ranges in @media": "@media (width >= 600px) { p { margin: 0 } }",
    "translate, rotate, scale": "p { rotate: 3deg }",
    "accent-color": "p { margin: 0; accent-color: red }",
}
PLANTED_JS = {
    "at()": "last = rows.at(-1);",
    "structuredClone": "copy = structuredClone(row);",
    "findLast": "row = rows.findLast(isOld);",
    "Object.hasOwn": "if (Object.hasOwn(row, 'a')) go();",
    "static block": "class A { static { go(); } }",
    "#name in object": "if (#secret in other) go();",
    "toSorted, toReversed, toSpliced": "rows.toSorted();",
    "AbortSignal.timeout": "fetch('/x', { signal: AbortSignal.timeout(9) });",
}


@pytest.mark.parametrize("feature", PLANTED_CSS)
def test_css_above_the_floor_is_caught(feature: str) -> None:
    found = found_in("site.css", PLANTED_CSS[feature], PHONE)
    assert [above.feature for above in found] == [feature]


@pytest.mark.parametrize("feature", PLANTED_JS)
def test_a_script_above_the_floor_is_caught(feature: str) -> None:
    assert [above.feature for above in found_in("a.js", PLANTED_JS[feature], PHONE)] == [feature]


def test_a_page_above_the_floor_is_caught() -> None:
    assert found_in("page.html", '<div class="x" popover>', OFFICE)
    assert found_in("page.html", '<div class="x" inert>', PHONE)


def test_the_floor_decides() -> None:
    text = "rows.at(-1); structuredClone(rows);"
    assert not found_in("a.js", text, OFFICE)
    assert len(found_in("a.js", text, PHONE)) == 2


def test_a_rule_without_the_sign_is_nested_as_well() -> None:
    assert list(nested_rules("a { color: red; img { margin: 0 } }")) == ["img"]
    assert list(nested_rules("@media print { a { color: red } img { margin: 0 } }")) == []


def test_words_in_comments_and_strings_are_no_features() -> None:
    css = "/* :has(x) */ a::before { content: '@layer'; background: url(a:has(b).png) }"
    js = (
        "// rows.at(1)\n/* structuredClone(x) */ say('Object.hasOwn(a)'); ok = /a\\.at\\(/.test(x);"
    )
    assert not found_in("site.css", css, PHONE)
    assert not found_in("a.js", js, PHONE)
