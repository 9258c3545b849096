"""How do chats, cards and menus become HTML?"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import jinja2
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from wechat.simulator.menus import menu_of
from wechat.simulator.simulator import Simulator
from wechat.simulator.world import Direction, Message, Phone

SHANGHAI = timezone(timedelta(hours=8))
STAMP_GAP_SECONDS = 300  # the client shows a time again after five quiet minutes
AVATAR_COLOURS = 8
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LINK = re.compile(
    r"""<a\s[^>]*?href=["']?(?P<href>[^"'\s>]+)["']?[^>]*>(?P<label>.*?)</a>"""
    r"""|(?P<bare>https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+)""",
    re.DOTALL | re.IGNORECASE,
)

_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)


@dataclass(frozen=True)
class Line:
    """One message of a chat, with the time above it where the client shows one."""

    message: Message
    stamp: str


@dataclass(frozen=True)
class Tile:
    phone: Phone
    colour: int
    preview: str
    at: str

    @property
    def initials(self) -> str:
        return self.phone.name[:2]


def render(template: str, status: int = 200, **values: object) -> HTMLResponse:
    html = _environment.get_template(template).render(**values)
    headers = {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(html, status, headers)


def chat_lines(sim: Simulator, phone: Phone) -> list[Line]:
    lines, previous = [], 0
    for message in phone.messages:
        gap = message.at - previous >= STAMP_GAP_SECONDS
        lines.append(Line(message, say_time(message.at, sim.clock.now()) if gap else ""))
        previous = message.at
    return lines


def chat_version(phone: Phone) -> str:
    """Changes whenever the chat page would look different."""
    return f"{phone.messages[-1].id if phone.messages else 0}-{int(phone.following)}"


def tiles(sim: Simulator) -> list[Tile]:
    result = []
    for number, phone in enumerate(sim.world.phones.values()):
        last = phone.messages[-1] if phone.messages else None
        at = say_time(last.at, sim.clock.now()) if last else ""
        result.append(Tile(phone, number % AVATAR_COLOURS, _preview(last), at))
    return result


def tiles_version(shown: list[Tile]) -> str:
    last = [t.phone.messages[-1].id for t in shown if t.phone.messages]
    unread = sum(t.phone.unread for t in shown)
    return f"{len(shown)}-{max(last, default=0)}-{unread}"


def say_time(at: int, now: int) -> str:
    """The clock for today, the date before it for any other day; always Chinese time."""
    then, today = (datetime.fromtimestamp(moment, UTC).astimezone(SHANGHAI) for moment in (at, now))
    clock = f"{then:%H:%M}"
    if (then.year, then.month, then.day) == (today.year, today.month, today.day):
        return clock
    return f"{then.month}月{then.day}日 {clock}"


def chat_text(text: str, phone: Phone) -> Markup:
    """A text as the client shows it: its own links and bare addresses can be tapped."""
    parts, end = [], 0
    for match in LINK.finditer(text):
        href = match["href"] or match["bare"]
        label = match["label"] or match["bare"]
        parts.append(escape(text[end : match.start()]))
        parts.append(_link(href, label, phone))
        end = match.end()
    parts.append(escape(text[end:]))
    return Markup("").join(parts)


def through_phone(url: str, phone: Phone) -> str:
    """The address that opens `url` in this person's own browser."""
    return f"/sim/phones/{phone.openid}/open?{urlencode({'url': url})}"


def _link(href: str, label: str, phone: Phone) -> Markup:
    if urlsplit(href).scheme not in {"http", "https"}:
        return escape(label)
    return Markup('<a href="{}" target="_blank" rel="noopener">{}</a>').format(
        through_phone(href, phone), label
    )


def _preview(message: Message | None) -> str:
    if message is None:
        return "还没有消息"
    text = message.title or message.text
    plain = re.sub(r"<[^>]+>", "", text).replace("\n", " ")
    return f"我：{plain}" if message.direction is Direction.SENT else plain


_environment.globals.update(
    menu_of=menu_of,
    chat_text=chat_text,
    through_phone=through_phone,
    chat_version=chat_version,
    tiles_version=tiles_version,
    say_time=say_time,
)
