"""What does a base's stamp look like? Drawn from its name and theme, the same every time, no upload needed."""

import base64
import hashlib
import math
from collections.abc import Callable
from functools import lru_cache
from html import escape
from typing import NamedTuple

# Dark enough on paper (4.5 : 1 and more), different enough side by side.
INKS = {
    "red": ("#a3231b", "#fdf3ee"),
    "teal": ("#0b5f7a", "#eef6f8"),
    "green": ("#14632f", "#eef7f0"),
    "brown": ("#7a4a00", "#fbf4e6"),
    "purple": ("#5b2a86", "#f5f0fa"),
    "rose": ("#8a1f5c", "#fbeff5"),
    "blue": ("#1f4e9e", "#eef2fb"),
    "olive": ("#3d5a00", "#f4f7e8"),
}
EDGES = ("circle", "scallop", "octagon", "square")
CENTRE, LONGEST_NAME, LONGEST_THEME = 80, 12, 6
Motif = Callable[[str], str]


def _points(number: int, outer: float, inner: float) -> str:
    """A star or, with equal radii, a polygon around the centre."""
    found = []
    for step in range(2 * number):
        radius = outer if step % 2 == 0 else inner
        angle = math.pi * step / number - math.pi / 2
        found.append(
            f"{CENTRE + radius * math.cos(angle):.1f},{CENTRE + radius * math.sin(angle):.1f}"
        )
    return " ".join(found)


def _star(ink: str) -> str:
    return f'<polygon points="{_points(5, 26, 11)}" fill="{ink}"/>'


def _sun(ink: str) -> str:
    return f'<polygon points="{_points(12, 27, 18)}" fill="{ink}"/>'


def _flower(ink: str) -> str:
    petals = "".join(
        f'<ellipse cx="80" cy="66" rx="7" ry="13" fill="{ink}" transform="rotate({turn} 80 80)"/>'
        for turn in range(0, 360, 60)
    )
    return f'{petals}<circle cx="80" cy="80" r="6" fill="#ffffff"/>'


def _wave(ink: str) -> str:
    return "".join(
        f'<path d="M54 {y} q6.5 -9 13 0 t13 0 t13 0 t13 0" fill="none" stroke="{ink}" '
        'stroke-width="5" stroke-linecap="round"/>'
        for y in (68, 82, 96)
    )


def _leaf(ink: str) -> str:
    return (
        f'<path d="M80 106 C52 92 54 62 80 52 C106 62 108 92 80 106 Z" fill="{ink}"/>'
        '<path d="M80 102 V62 M80 84 L68 74 M80 84 L92 74" stroke="#ffffff" stroke-width="3"/>'
    )


def _mountain(ink: str) -> str:
    return (
        f'<path d="M50 100 L72 62 L84 82 L92 70 L110 100 Z" fill="{ink}"/>'
        f'<circle cx="98" cy="58" r="6" fill="{ink}"/>'
    )


def _gear(ink: str) -> str:
    return (
        f'<polygon points="{_points(8, 28, 22)}" fill="{ink}"/>'
        '<circle cx="80" cy="80" r="9" fill="#ffffff"/>'
    )


def _book(ink: str) -> str:
    return (
        f'<path d="M80 66 C70 58 58 58 52 62 V98 C58 94 70 94 80 102 C90 94 102 94 108 98 V62 '
        f'C102 58 90 58 80 66 Z" fill="{ink}"/>'
        '<path d="M80 68 V100" stroke="#ffffff" stroke-width="3"/>'
    )


MOTIFS: dict[str, Motif] = {
    "star": _star,
    "sun": _sun,
    "flower": _flower,
    "wave": _wave,
    "leaf": _leaf,
    "mountain": _mountain,
    "gear": _gear,
    "book": _book,
}


def _edge(shape: str, ink: str, paper: str) -> str:
    style = f'fill="{paper}" stroke="{ink}" stroke-width="5" stroke-linejoin="round"'
    if shape == "circle":
        return f'<circle cx="80" cy="80" r="75" {style}/>'
    if shape == "scallop":
        return f'<polygon points="{_points(20, 78, 72)}" {style}/>'
    if shape == "octagon":
        return f'<polygon points="{_points(4, 77, 77 * math.cos(math.pi / 8) * 1.08)}" {style}/>'
    return f'<rect x="6" y="6" width="148" height="148" rx="30" {style}/>'


class Look(NamedTuple):
    """What a base chose of its stamp; an empty word is drawn from its name and theme."""

    motif: str = ""
    edge: str = ""
    ink: str = ""

    @classmethod
    def read(cls, stored: str) -> "Look":
        """From `motif.edge.ink` as it is stored; what is no longer known counts as not chosen."""
        motif, edge, ink = (*stored.split("."), "", "", "")[:3]
        return cls(
            motif if motif in MOTIFS else "",
            edge if edge in EDGES else "",
            ink if ink in INKS else "",
        )

    def stored(self) -> str:
        """Nothing chosen is the empty word."""
        return ".".join(self) if any(self) else ""


@lru_cache(maxsize=512)
def stamp_image(name: str, theme: str, look: str = "") -> str:
    """A wall shows the same few bases again and again: drawn once a process."""
    return as_image(stamp_svg(name, theme, look))


def stamp_svg(name: str, theme: str, look: str = "") -> str:
    """The stamp of a base as it chose it (`Look`).

    Where it did not, its theme gives the colour, so that a wall shows what belongs together.
    """
    seed = hashlib.sha256(name.encode("utf-8", "replace")).digest()
    hue = hashlib.sha256((theme or name).encode("utf-8", "replace")).digest()[0]
    chosen = Look.read(look)
    ink, paper = INKS[chosen.ink or list(INKS)[hue % len(INKS)]]
    edge = chosen.edge or EDGES[seed[0] % len(EDGES)]
    motif = MOTIFS[chosen.motif or list(MOTIFS)[seed[1] % len(MOTIFS)]]
    words = _text(name, LONGEST_NAME)
    size = 17 if len(name) <= 7 else 13
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 160" width="160" height="160">'
        f"{_edge(edge, ink, paper)}"
        f'<circle cx="80" cy="80" r="38" fill="none" stroke="{ink}" stroke-width="2" '
        'stroke-dasharray="2 4"/>'
        '<path id="arc" d="M27 88 A53 53 0 1 1 133 88" fill="none"/>'
        f'<g font-family="PingFang SC, Microsoft YaHei, WenQuanYi Micro Hei, sans-serif" '
        f'font-weight="700" fill="{ink}" text-anchor="middle">'
        f'<text font-size="{size}"><textPath href="#arc" startOffset="50%">{words}</textPath></text>'
        f'<text x="80" y="139" font-size="13">{_text(theme, LONGEST_THEME)}</text></g>'
        f"{motif(ink)}</svg>"
    )


def cover_svg(character: str) -> str:
    """The seal on a passport's cover: one character, cut like a name seal."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" width="96" height="96">'
        '<rect x="4" y="4" width="88" height="88" rx="16" fill="#a3231b"/>'
        '<rect x="11" y="11" width="74" height="74" rx="10" fill="none" stroke="#ffffff" '
        'stroke-width="3"/>'
        '<text x="48" y="65" font-size="48" font-weight="700" text-anchor="middle" fill="#ffffff" '
        'font-family="KaiTi, STKaiti, PingFang SC, WenQuanYi Micro Hei, serif">'
        f"{_text(character, 1)}</text></svg>"
    )


def _text(given: str, longest: int) -> str:
    """Shortened, without what XML does not take, and escaped."""
    plain = "".join(letter for letter in given if letter.isprintable())
    cut = plain if len(plain) <= longest else plain[: longest - 1] + "…"
    return escape(cut.encode("utf-8", "ignore").decode())


def as_image(svg: str) -> str:
    """For `src` of an image: inside one, nothing of an SVG can run or load."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
