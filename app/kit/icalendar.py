"""How are dates written so that every calendar program reads them (RFC 5545)?

Times are UTC: every program shows them in its own zone, and no zone table can be wrong.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

MEDIA_TYPE = "text/calendar; charset=utf-8"
LONGEST_LINE = 75  # octets, the line's end not counted
CONFIRMED, TENTATIVE, CANCELLED = "CONFIRMED", "TENTATIVE", "CANCELLED"


@dataclass(frozen=True)
class Entry:
    """One event. `uid` never changes; `sequence` and `changed_at` grow with every change of it."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    title: str
    changed_at: datetime
    sequence: int = 0
    place: str = ""
    note: str = ""
    url: str = ""
    status: str = CONFIRMED


def write_calendar(name: str, entries: Iterable[Entry]) -> bytes:
    """A whole calendar; the same entries give the same bytes."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//wuchuang//passport//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(name)}",
        "X-WR-TIMEZONE:Asia/Shanghai",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        *(line for entry in entries for line in _event(entry)),
        "END:VCALENDAR",
    ]
    return "".join(part + "\r\n" for line in lines for part in folded(line)).encode()


def _event(entry: Entry) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{entry.uid}"
    yield f"DTSTAMP:{_utc(entry.changed_at)}"
    yield f"LAST-MODIFIED:{_utc(entry.changed_at)}"
    yield f"SEQUENCE:{entry.sequence}"
    yield f"DTSTART:{_utc(entry.starts_at)}"
    yield f"DTEND:{_utc(entry.ends_at)}"
    yield f"SUMMARY:{escaped(entry.title)}"
    if entry.place:
        yield f"LOCATION:{escaped(entry.place)}"
    if entry.note:
        yield f"DESCRIPTION:{escaped(entry.note)}"
    if entry.url:
        yield f"URL:{entry.url}"
    yield f"STATUS:{entry.status}"
    yield f"TRANSP:{'TRANSPARENT' if entry.status == CANCELLED else 'OPAQUE'}"
    yield "END:VEVENT"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def escaped(said: str) -> str:
    """Text as a value: separators are marked, line breaks become `\\n`, other control characters go."""
    for char, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\n")):
        said = said.replace(char, written)
    return "".join(
        "\\n" if char in "\r\n" else char for char in said if char >= " " or char in "\r\n"
    )


def folded(line: str) -> Iterator[str]:
    """The line in pieces of at most 75 octets, the later ones with a blank in front; no character is cut."""
    piece, size = "", 0
    for char in line:
        wide = len(char.encode())
        if size + wide > LONGEST_LINE:
            yield piece
            piece, size = " ", 1
        piece += char
        size += wide
    yield piece
