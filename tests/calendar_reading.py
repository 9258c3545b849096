"""A reader of iCalendar for the tests, written from RFC 5545 and not from our writer."""

import re

_UNESCAPED = {"\\n": "\n", "\\N": "\n", "\\;": ";", "\\,": ",", "\\\\": "\\"}


def lines_of(body: bytes) -> list[str]:
    """The content lines: every line ends in CRLF, a blank at its start continues the one before."""
    assert body.endswith(b"\r\n")
    assert b"\n" not in body.replace(b"\r\n", b"")
    text = body.decode()
    return text.replace("\r\n ", "").split("\r\n")[:-1]


def value_of(written: str) -> str:
    return re.sub(r"\\[nN;,\\]", lambda found: _UNESCAPED[found[0]], written)


def events_of(body: bytes) -> list[dict[str, str]]:
    """The events, each as property → value; refuses a calendar with parts in the wrong order."""
    lines = lines_of(body)
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    assert "VERSION:2.0" in lines
    found: list[dict[str, str]] = []
    inside = False
    for line in lines[1:-1]:
        name, _, written = line.partition(":")
        if line == "BEGIN:VEVENT":
            assert not inside
            inside = True
            found.append({})
        elif line == "END:VEVENT":
            assert inside
            inside = False
        elif inside:
            assert name not in found[-1], f"{name} twice"
            found[-1][name] = value_of(written)
    assert not inside
    assert all({"UID", "DTSTAMP", "DTSTART"} <= set(event) for event in found)
    return found
