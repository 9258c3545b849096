"""Pure rules of announcements: which links may go out, when is it quiet, what exactly was approved."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from app.kit.clock import SCHOOL_TIME, at_school, school_day

ALONE_UP_TO = 200  # people one person may tell without a second one, in 24 hours altogether
COOL_DOWN = timedelta(minutes=10)
FURTHEST = timedelta(days=30)
MOST_FILES = 6
NUDGES_A_DAY = 2
QUIET_FROM, QUIET_UNTIL = time(21), time(8)
PART = 100  # in-app rows a transaction: a stop is seen between two of them
# Everybody's: the platform's own articles and the city's school authority.
KNOWN_HOSTS = frozenset({"mp.weixin.qq.com", "edu.sh.gov.cn", "www.shanghai.gov.cn"})
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,18}")
_LINK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[!-~]*")
_SCHEME = re.compile(r"\b(?:javascript|data|vbscript|weixin|file|tel|mailto)\s*:", re.IGNORECASE)
# A name that a phone would make a link of, though nobody wrote https.
_BARE = re.compile(
    r"(?<![\w@/.-])((?:[\w-]+\.)+(?:com|cn|net|org|top|xyz|cc|vip|io|me|info|shop|site|club|app))"
    r"(?![\w-])",
    re.IGNORECASE,
)
_FULL_STOP = re.compile(r"(?<=[A-Za-z0-9])。(?=[A-Za-z])")
_TAIL = ".,;:!?)]}'\""


@dataclass(frozen=True)
class Piece:
    """A stretch of a text: plain, or a link."""

    text: str
    href: str = ""


def why_refused(link: str, allowed: Collection[str]) -> str:
    """Why an address may not go out; empty when its host is on the list, exactly as written there.

    Refused are all ways to look like another: other schemes, names with a password, ports,
    dots at the end, punycode, letters of another script, addresses of numbers.
    """
    if "\\" in link or "%" in link.partition("://")[2].partition("/")[0]:
        return "网址里有不该有的符号"
    try:
        parts = urlsplit(link)
        port = parts.port
    except ValueError:
        return "网址写得不对"
    if parts.scheme != "https":
        return "只能用 https 开头的网址"
    if "@" in parts.netloc:
        return "网址里带有用户名"
    if port is not None or ":" in parts.netloc:
        return "网址里带有端口"
    return why_host_refused(parts.netloc.lower(), allowed)


def why_host_refused(host: str, allowed: Collection[str]) -> str:
    """As `why_refused`, for the name alone."""
    if host.endswith("."):
        return "域名末尾多了一个点"
    if not host.isascii() or any(label.startswith("xn--") for label in host.split(".")):
        return "域名里有容易看错的字符"
    if not _HOST.fullmatch(host):
        return "网址写得不对"
    return "" if host in allowed else f"域名 {host} 不在允许的名单里"


def refused_link(said: str, allowed: Collection[str]) -> tuple[str, str] | None:
    """The first address of a text that may not go out, and why; what only looks like one counts."""
    # Full-width letters and dots are plain ones for a phone, and 。 between letters is a dot.
    plain = _FULL_STOP.sub(".", unicodedata.normalize("NFKC", said))
    for text in dict.fromkeys((said, plain)):
        for found in _LINK.finditer(text):
            link, rest = found[0].rstrip(_TAIL), text[found.end() : found.end() + 1]
            if "/" not in found[0].partition("://")[2] and rest.isalnum():
                return link + rest, "域名里有容易看错的字，网址后面请空一格"
            if why := why_refused(link, allowed):
                return link, why
    if scheme := _SCHEME.search(plain):
        return scheme[0], "只能用 https 开头的网址"
    for found in _BARE.finditer(_LINK.sub(" ", plain)):
        if why := why_host_refused(found[1].lower(), allowed):
            return found[1], why
    return None


def paragraphs(said: str) -> list[list[Piece]]:
    """A text as it is shown: paragraphs of plain words and links, nothing else."""
    found = []
    for line in said.splitlines():
        if not line.strip():
            continue
        pieces, end = [], 0
        for match in _LINK.finditer(line):
            link = match[0].rstrip(_TAIL)
            pieces += [Piece(line[end : match.start()]), Piece(link, link)]
            end = match.start() + len(link)
        pieces.append(Piece(line[end:]))
        found.append([piece for piece in pieces if piece.text])
    return found


def is_quiet(moment: datetime) -> bool:
    """Between nine in the evening and eight in the morning at school."""
    clock = moment.astimezone(SCHOOL_TIME).time()
    return clock >= QUIET_FROM or clock < QUIET_UNTIL


def due_at(now: datetime, send_at: datetime | None, cool: timedelta, *, urgent: bool) -> datetime:
    """When sending may begin: after the cool-down, at the time that was set, and not at night.

    Only what is urgent goes out in quiet hours; therefore that always needs a second person.
    """
    moment = max(now + cool, send_at or now)
    if urgent or not is_quiet(moment):
        return moment
    day = school_day(moment)
    if moment.astimezone(SCHOOL_TIME).time() >= QUIET_FROM:
        day += timedelta(days=1)
    return at_school(day, QUIET_UNTIL.hour)


def needs_second(count: int, told_alone: int, *, urgent: bool) -> bool:
    """More than 200 people altogether within a day, or urgent: not by one person alone."""
    return urgent or count + told_alone > ALONE_UP_TO


def digest_of(
    content: Mapping[str, Any], audience: Mapping[str, Any], files: Iterable[str], recipients: str
) -> str:
    """Of everything that is approved: words, attachments, whom it is for, and each single recipient."""
    said = json.dumps(
        [content, audience, list(files), recipients], sort_keys=True, ensure_ascii=False
    )
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0
