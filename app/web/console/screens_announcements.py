"""The lists of announcements and of the column's articles."""

from app.announcements.kinds import (
    COLUMN_WORDS,
    RUBRIC_WORDS,
    STATE_WORDS,
    AnnouncementState,
    ColumnState,
    Rubric,
)
from app.announcements.permissions import P
from app.announcements.queries import list_announcements, list_articles
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.web import reading
from app.web.console.listing import Badge, Chosen, Filter, Line, Listing

Lines = tuple[list[Line], str | None]
_TONES = {
    AnnouncementState.SUBMITTED: "warn",
    AnnouncementState.RETURNED: "warn",
    AnnouncementState.COOLING: "warn",
    AnnouncementState.SENDING: "warn",
    AnnouncementState.DONE: "good",
    AnnouncementState.STOPPED: "bad",
}
_COLUMN_TONES = {
    ColumnState.SUBMITTED: "warn",
    ColumnState.RETURNED: "warn",
    ColumnState.PUBLISHED: "good",
}


async def _announcements(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    state = chosen.one_of("state", AnnouncementState)
    rows, following = await list_announcements(ctx, state, cursor, limit)
    lines = []
    for row in rows:
        where = AnnouncementState(row.state)
        when = row.ended_at or row.cool_until
        cells = (
            row.title,
            row.people,
            say_moment(when) if when else None,
            Badge("紧急", "bad") if row.urgent else None,
            Badge(STATE_WORDS[where], _TONES.get(where, "plain")),
        )
        lines.append(Line(str(row.id), cells, f"/console/announcements/{row.id}"))
    return lines, following


async def _articles(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    state, words = chosen.one_of("state", ColumnState), chosen.text("words")
    rows, following = await list_articles(ctx, state, words, cursor, limit)
    schools = await reading.organization_names(ctx, [row.organization_id for row in rows])
    lines = []
    for row in rows:
        where = ColumnState(row.state)
        cells = (
            row.title,
            RUBRIC_WORDS[Rubric(row.rubric)],
            schools.get(row.organization_id),
            str(row.published_on) if row.published_on else None,
            Badge(COLUMN_WORDS[where], _COLUMN_TONES.get(where, "plain")),
        )
        lines.append(Line(str(row.id), cells, f"/console/column-articles/{row.id}"))
    return lines, following


ANNOUNCEMENTS = Listing(
    slug="announcements",
    title="公告",
    group="学区",
    permission=P.ANNOUNCEMENT_READ,
    columns=("标题", "人数", "发送时间", "紧急", "状态"),
    load=_announcements,
    filters=(Filter("state", "状态", {str(k): v for k, v in STATE_WORDS.items()}),),
    empty="还没有公告。",
    new=("写公告", P.ANNOUNCEMENT_EDIT),
    hint="一天合计超过 200 人或紧急的公告，要由没有写过它的秘书处同事或理事会成员批准；批准后 10 分钟内可以停止。",
)
ARTICLES = Listing(
    slug="column-articles",
    title="学区化建设专栏",
    group="学区",
    permission=P.COLUMN_READ,
    columns=("标题", "栏目", "来源", "发布日期", "状态"),
    load=_articles,
    filters=(
        Filter("state", "状态", {str(k): v for k, v in COLUMN_WORDS.items()}),
        Filter("words", "标题和内容"),
    ),
    empty="还没有文章。",
    new=("写文章", P.COLUMN_EDIT),
    hint="文章由没有写过它的人审核；发布后人人可以在 /column 看到。",
)
