"""Does a calendar hold what was put into it, and keep to RFC 5545's lines?"""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from app.kit.icalendar import CANCELLED, Entry, write_calendar
from tests.calendar_reading import events_of

AT = datetime(2026, 11, 21, 6, tzinfo=UTC)
SAID = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=120)


@given(title=SAID, place=SAID, note=SAID)
def test_every_text_comes_back_and_no_line_is_too_long(title: str, place: str, note: str) -> None:
    entry = Entry("one@wuchuang", AT, AT.replace(hour=8), title, AT, 3, place, note)
    body = write_calendar("游学活动", [entry, entry])
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    body.decode()
    found = events_of(body)
    assert len(found) == 2
    assert found[0]["SUMMARY"] == title
    assert found[0].get("LOCATION", "") == place
    assert found[0].get("DESCRIPTION", "") == note


def test_times_are_utc_and_a_cancelled_date_blocks_nothing() -> None:
    entry = Entry("one@wuchuang", AT, AT.replace(hour=8), "陶艺\n第二行", AT, 7, status=CANCELLED)
    (found,) = events_of(write_calendar("a;b,c\\d", [entry]))
    assert found["DTSTART"] == "20261121T060000Z"
    assert found["DTEND"] == "20261121T080000Z"
    assert (found["SEQUENCE"], found["UID"]) == ("7", "one@wuchuang")
    assert (found["STATUS"], found["TRANSP"]) == ("CANCELLED", "TRANSPARENT")
    assert found["SUMMARY"] == "陶艺\n第二行"


def test_bare_control_characters_do_not_break_out_of_a_value() -> None:
    entry = Entry("u", AT, AT, "a\r\nEND:VEVENT\rX\x00\x0b", AT)
    (found,) = events_of(write_calendar("x", [entry]))
    assert found["SUMMARY"] == "a\nEND:VEVENT\nX"
