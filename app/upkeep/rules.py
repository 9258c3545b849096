"""Pure rules: which backups stay, what differs, and how it is said."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from app.kit.clock import SCHOOL_TIME
from app.upkeep.kinds import SAID
from app.upkeep.schemas import Finding

# 24 hours, 14 days, 5 weeks: what is deleted today has left every backup after 35 days.
HOURLY, DAILY, WEEKLY = 24, 14, 5
LONGEST = timedelta(days=35)
_NAME = re.compile(r"wuchuang-(\d{8}T\d{6})Z\.backup")
_STAMP = "%Y%m%dT%H%M%S"


def backup_name(moment: datetime) -> str:
    """The database's clock in the name: copying a file elsewhere does not change its age."""
    return f"wuchuang-{moment.astimezone(UTC):{_STAMP}}Z.backup"


def moment_of(name: str) -> datetime | None:
    """When a backup was made, or None for any other file."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        return datetime.strptime(found.group(1), _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def superfluous(moments: Iterable[datetime], now: datetime, newest_good: datetime) -> set[datetime]:
    """What rotation may delete: the last of each hour, day and week stays; so does the newest good."""
    ordered = sorted(moments, reverse=True)
    kept = {newest_good, *ordered[:1]}
    for number, shape in ((HOURLY, "%Y%m%d%H"), (DAILY, "%Y%m%d"), (WEEKLY, "%G%V")):
        periods: dict[str, datetime] = {}
        for moment in ordered:
            periods.setdefault(moment.astimezone(SCHOOL_TIME).strftime(shape), moment)
        kept |= set(list(periods.values())[:number])
    old = {moment for moment in kept if now - moment > LONGEST} - {newest_good}
    return {moment for moment in ordered if moment not in kept} | old


def differences(wanted: Mapping[str, int], found: Mapping[str, int]) -> list[str]:
    """Totals that are not what they were, each as a person reads it."""
    return [
        f"{name}应为 {number}，实为 {found.get(name, 0)}"
        for name, number in wanted.items()
        if found.get(name, 0) != number
    ]


def said_totals(totals: Mapping[str, int]) -> str:
    return "，".join(f"{name} {number}" for name, number in totals.items())


def said_size(number: int) -> str:
    """`3.2 MB`, as file managers say it."""
    return f"{number / 1_000_000:.1f} MB" if number >= 100_000 else f"{number / 1000:.1f} KB"


def said_age(seconds: float) -> str:
    """`5 分钟`, `3 小时`, `2 天`: as coarse as people say it."""
    if seconds < 120:
        return f"{max(0, int(seconds))} 秒"
    if seconds < 2 * 3600:
        return f"{int(seconds // 60)} 分钟"
    if seconds < 2 * 86400:
        return f"{int(seconds // 3600)} 小时"
    return f"{int(seconds // 86400)} 天"


def printed(findings: list[Finding]) -> list[str]:
    """The check-up in aligned columns; a Chinese character is two wide."""
    width = max((_width(finding.name) for finding in findings), default=0)
    return [
        f"{_padded(SAID[finding.condition], 6)}  {_padded(finding.name, width)}  "
        f"{finding.sentence}{finding.remedy}"
        for finding in findings
    ]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
