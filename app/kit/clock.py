"""What day is it at school?

All decisions use the database's clock (`Ctx.now`, UTC). This file only turns
instants into the calendar people see.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SCHOOL_TIME = ZoneInfo("Asia/Shanghai")
_WEEKDAYS = "一二三四五六日"


def school_day(moment: datetime) -> date:
    """The day on the school's calendar: a 7:30 visit is yesterday in UTC."""
    return moment.astimezone(SCHOOL_TIME).date()


def at_school(day: date, hour: int, minute: int = 0) -> datetime:
    """That wall-clock time of a school day, as UTC."""
    return datetime.combine(day, time(hour, minute), SCHOOL_TIME).astimezone(UTC)


def until_tomorrow(moment: datetime) -> timedelta:
    """How long the school's day, which is the platform's, still lasts."""
    return at_school(school_day(moment) + timedelta(days=1), 0) - moment


def say_moment(moment: datetime) -> str:
    """`11月21日（周六）14:00`, as people say it."""
    local = moment.astimezone(SCHOOL_TIME)
    weekday = _WEEKDAYS[local.weekday()]
    return f"{local.month}月{local.day}日（周{weekday}）{local:%H:%M}"


def platform_time(moment: datetime) -> str:
    """`2026年11月21日 14:00`, the shape WeChat's `time` fields accept."""
    local = moment.astimezone(SCHOOL_TIME)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
