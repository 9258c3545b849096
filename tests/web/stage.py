"""The stage of the browser tests: a served application, Debian's Chromium, somebody's cookies."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from app.activities.kinds import ActivityState
from app.announcements.models import Announcement, ColumnArticle, Recipient
from app.citypack.models import Objection, Publicity, PublicityLine
from app.dev.testing import find_browser
from app.kit.db import system_context
from app.kit.ids import digest, new_id
from app.notifications.models import Delivery, Notification
from app.orgs.models import Term, TermDay
from app.passports.rules.builtin import BUILT_IN, CITY
from app.people.models import (
    BindingCode,
    Consent,
    ConsentText,
    GuardianRequest,
    Identity,
    LoginSession,
    RosterImport,
)
from app.people.service.login import hash_password
from app.rounds.models import AllocationRun, BookingRound, RoundSession
from app.wiring import JOBS, WIRING
from tests.bookings.race import web_processes
from tests.cast import APPID, CAST, FOREVER, HERE, SCHOOL, Somebody, add_session
from tests.conftest import EMBEDDED, cluster_of

PHONE: ViewportSize = {"width": 390, "height": 844}
PHONE_TOKEN = "the-teacher-in-wechat"
OFFICE: ViewportSize = {"width": 1280, "height": 900}


class Site:
    """A served application on a database of its own, with something on every page."""

    def __init__(self, url: str) -> None:
        self.url, self.database_url = url, ""
        self.activity = self.session = self.door = self.term = self.round = UUID(int=0)
        self.publicity = self.announcement = self.article = UUID(int=0)
        self.imports: list[UUID] = []

    async def fill(self, database_url: str) -> None:
        self.database_url = database_url
        engine = create_async_engine(database_url, poolclass=NullPool)
        async with engine.begin() as conn:
            await _more(conn)
            self.imports = await _imports(conn)
            await _families(conn)
            await _messages(conn)
            self.term = await _calendar(conn)
            self.round = await _round(conn)
            self.publicity = await _publicity(conn)
            self.announcement, self.article = await _announcement(conn)
            self.session = await add_session(conn, title="捏一只小碗", seats=1)
            self.door = await add_session(conn, title="今天的陶艺", seats=5)
            self.activity = (
                await conn.execute(
                    text("SELECT id FROM activity WHERE state = 'submitted' LIMIT 1")
                )
            ).scalar_one()
        await engine.dispose()

    def work(self, name: str, address: str) -> None:
        """Let the worker's job about the import at this address run, as the queue would."""
        job = next(job for job in JOBS if job.name == name)
        arguments = {"roster": address.rpartition("/")[2]}

        async def run() -> None:
            engine = create_async_engine(self.database_url, poolclass=NullPool)
            await job.run(lambda: system_context(engine, WIRING, HERE), arguments)
            await engine.dispose()

        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, run()).result()


async def _announcement(conn: AsyncConnection) -> tuple[UUID, UUID]:
    """One that went out and a family has not read, and an article of the column."""
    sent, article, now = new_id(), new_id(), datetime.now(UTC)
    writers = [str(CAST.second_secretary.id)]
    await conn.execute(
        insert(Announcement).values(
            district_id=HERE, id=sent, title="周五提前放学", body="请到校门口接孩子。", urgent=True,
            audience={"roles": ["guardian"]}, writers=writers, state="done", digest="d" * 64,
            people=1, cool_until=now, started_at=now, ended_at=now, article_state="finished",
            article_counts={"total": 1, "sent": 0, "failed": 1},
        )
    )  # fmt: skip
    await conn.execute(
        insert(Recipient).values(
            district_id=HERE, announcement_id=sent, person_id=CAST.twin_dad.id,
            organization_id=SCHOOL, sent_at=now, reach="unbound",
        )
    )  # fmt: skip
    await conn.execute(
        insert(ColumnArticle).values(
            district_id=HERE, id=article, number=1, rubric="news", title="走进陶艺工坊",
            content="孩子们做了碗。", organization_id=SCHOOL, state="submitted", writers=writers,
        )
    )  # fmt: skip
    return sent, article


async def _round(conn: AsyncConnection) -> UUID:
    """An open course-selection round with one session and a rehearsal behind it."""
    session_id = await add_session(conn, title="选课里的陶艺", starts_in=timedelta(days=5))
    await conn.execute(
        text("UPDATE session SET mode = 'wishes' WHERE id = :id"), {"id": session_id}
    )
    now = datetime.now(UTC)
    round_id = new_id()
    await conn.execute(
        insert(BookingRound).values(
            district_id=HERE,
            id=round_id,
            name="秋季选课",
            opens_at=now - timedelta(days=1),
            closes_at=now + timedelta(days=1),
            state="announced",
            seed="seed",
            seed_digest="d" * 64,
        )
    )
    await conn.execute(
        insert(RoundSession).values(district_id=HERE, round_id=round_id, session_id=session_id)
    )
    figures = {
        "took_part": 3, "placed": 2, "seats": 2, "by_wish": [1, 1], "nothing_percent": 33.3,
        "ratio": None, "schools": [[str(SCHOOL), 3, 2]], "sessions": [],
    }  # fmt: skip
    await conn.execute(
        insert(AllocationRun).values(
            district_id=HERE,
            id=new_id(),
            round_id=round_id,
            kind="rehearsal",
            input_digest="i" * 64,
            result_digest="r" * 64,
            figures=figures,
            offers={},
        )
    )
    return round_id


async def _publicity(conn: AsyncConnection) -> UUID:
    """An open list of the primary school with an objection that waits."""
    publicity, objection = new_id(), new_id()
    shared = {"district_id": HERE, "publicity_id": publicity, "pupil_id": CAST.dui.id}
    await conn.execute(
        insert(Publicity).values(
            district_id=HERE,
            id=publicity,
            organization_id=SCHOOL,
            title="秋季公示",
            starts_on=date(2026, 9, 1),
            ends_on=date(2026, 10, 1),
            min_grade=1,
            max_grade=5,
            state="open",
            rules=BUILT_IN[CITY].model_dump(mode="json"),
            digest="d" * 64,
            opened_at=text("now()"),
            closes_at=text("now() + interval '8 days'"),
        )
    )
    line = {"id": new_id(), "grade": 1, "class_name": "一（1）班", "amounts": {"hours:labour:": 90}}
    await conn.execute(insert(PublicityLine).values(**shared, **line))
    raised = {"raised_by": CAST.twin_dad.id, "by_school": False, "reason": "少记一次"}
    await conn.execute(insert(Objection).values(**shared, id=objection, **raised))
    return publicity


async def _messages(conn: AsyncConnection) -> None:
    """What waits for a person, a stopped way, an account's health, and families nobody has reached."""
    moment = {"district": HERE, "appid": APPID}
    for statement in (
        (
            "INSERT INTO operation_item (district_id, id, kind, subject, detail, done_at, note) SELECT "
            ":district, gen_random_uuid(), k, k, '预约成功：platform_43116', d, '' FROM (VALUES "
            "('template_banned', NULL), ('not_reached', NULL), ('quota_used', now())) AS v(k, d)"
        ),
        (
            "INSERT INTO channel_stop (district_id, id, way, kind, errcode) "
            "VALUES (:district, gen_random_uuid(), 'template', 'stamp_awarded', 43116)"
        ),
        (
            "INSERT INTO account_health (district_id, appid, called_at, refused_at, errcode, path, rid) "
            "VALUES (:district, :appid, now(), now(), 40164, '/cgi-bin/stable_token', '1-2-3')"
        ),
        (
            "INSERT INTO api_quota (district_id, appid, path, daily_limit, used) VALUES "
            "(:district, :appid, '/cgi-bin/message/template/send', 100000, 90000)"
        ),
    ):
        stmt = text(statement)
        await conn.execute(stmt, {name: moment[name] for name in stmt.compile().params})
    for who, pupil, told in ((CAST.twin_dad, "对对", None), (CAST.twin_dad, "双双", None),
                             (CAST.mama, "小南", CAST.teacher.id)):  # fmt: skip
        fields = {"pupil": pupil, "title": "捏一只小碗", "place": "陶艺工坊"}
        fields |= {"time": "2099年12月5日 14:00", "change": "改到下午三点"}
        notification, now = new_id(), datetime.now(UTC)
        await conn.execute(
            insert(Notification).values(
                district_id=HERE, id=notification, person_id=who.id, kind="activity_changed",
                fact_key=pupil, fields=fields, told_at=now if told else None, told_by=told,
            )
        )  # fmt: skip
        await conn.execute(
            insert(Delivery).values(
                district_id=HERE, id=new_id(), notification_id=notification, channel="inbox",
                state="not_following", reason="platform_43004",
            )
        )  # fmt: skip


async def _calendar(conn: AsyncConnection) -> UUID:
    """A term with a holiday and a day made up."""
    dates = {"starts_on": date(2026, 9, 1), "ends_on": date(2027, 1, 22)}
    term = {"id": new_id(), "school_year": 2026, "name": "第一学期", **dates}
    await conn.execute(insert(Term).values(district_id=HERE, **term))
    days = ((date(2026, 10, 1), "holiday", "国庆"), (date(2026, 10, 10), "makeup", "国庆补课"))
    for day, kind, name in days:
        row = {"id": new_id(), "day": day, "kind": kind, "name": name}
        await conn.execute(insert(TermDay).values(district_id=HERE, **row))
    return UUID(str(term["id"]))


async def _more(conn: AsyncConnection) -> None:
    for index in range(3):
        await add_session(conn, title=f"等待审核{index}", state=ActivityState.SUBMITTED)
    await conn.execute(
        insert(Identity).values(
            district_id=HERE,
            id=new_id(),
            person_id=CAST.second_secretary.id,
            kind="password",
            subject="mishu",
            secret_hash=hash_password("right-password"),
        )
    )
    await conn.execute(
        insert(LoginSession).values(
            district_id=HERE,
            id=new_id(),
            person_id=CAST.teacher.id,
            token_digest=digest(PHONE_TOKEN),
            channel="h5",
            expires_at=text("now() + interval '1 day'"),
        )
    )


CHECKED = (
    "学籍号,姓名,班级,状态\n1,张小三,三（2）班,\n2,李四,三年级,\n,小南,三（2）班,毕业\n".encode()
)


async def _imports(conn: AsyncConnection) -> list[UUID]:
    """One import in each state that shows something of its own."""
    plan = [
        {"row": 2, "act": "enrol", "reasons": []},
        {"row": 3, "act": "error", "reasons": ["班级写法不能识别，请写成 三（2）班 或 中（1）班"]},
        {"row": 4, "act": "leave", "reasons": []},
    ]
    found = []
    for state in ("waiting", "checked", "applied", "refused"):
        planned = state in ("checked", "applied")
        found.append(new_id())
        await conn.execute(
            insert(RosterImport).values(
                district_id=HERE,
                id=found[-1],
                organization_id=SCHOOL,
                school_year=2026,
                state=state,
                content=CHECKED if state != "refused" else "甲,乙\n1,2\n".encode(),
                total=3 if planned else 0,
                counts={"enrol": 1, "error": 1, "leave": 1} if planned else {},
                rows=plan if planned else None,
            )
        )
    return found


async def _families(conn: AsyncConnection) -> None:
    """A text two families see, agreed once; and a guardian who waits for the class teacher."""
    for purpose, number in (("photo", 1), ("photo", 2), ("pupil_wechat", 1)):
        text_id = new_id()
        await conn.execute(
            insert(ConsentText).values(
                district_id=HERE,
                id=text_id,
                purpose=purpose,
                number=number,
                title="活动拍照同意书",
                body="活动中可能拍摄孩子的照片。\n不同意也没有关系。",
                hash=f"{purpose}{number}",
            )
        )
        consent = {"text_id": text_id, "guardian_id": CAST.twin_dad.id, "channel": "h5"}
        await conn.execute(
            insert(Consent).values(district_id=HERE, id=new_id(), pupil_id=CAST.dui.id, **consent)
        )
    code_id = new_id()
    code = {"relation": "other", "code_digest": "x", "expires_at": datetime.now(UTC) + FOREVER}
    await conn.execute(
        insert(BindingCode).values(district_id=HERE, id=code_id, pupil_id=CAST.xiaonan.id, **code)
    )
    asking = {"issuer": APPID, "openid": "o-asking", "typed_name": "小男"}
    await conn.execute(
        insert(GuardianRequest).values(
            district_id=HERE, id=new_id(), code_id=code_id, pupil_id=CAST.xiaonan.id, **asking
        )
    )


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    cluster, template = cluster_of(EMBEDDED)
    name = f"t_{uuid4().hex[:16]}"
    database_url = cluster.create_database(name, template=template)
    with web_processes(database_url, 1) as ((url, _),):
        site = Site(url)
        # Playwright's own loop runs in this thread.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, site.fill(database_url)).result()
        yield site
    cluster.drop_database(name)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = find_browser()
    assert path is not None, "run.py test installs a browser, or says what is missing"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(path), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport=OFFICE, locale="zh-CN", reduced_motion="reduce")
    context.set_default_timeout(15_000)
    yield context
    context.close()


def acting(context: BrowserContext, site: Site, who: Somebody) -> Page:
    cookies = [{"name": "login", "value": who.token, "url": site.url}]
    cookies.append({"name": "purpose", "value": "test", "url": site.url})
    context.clear_cookies()
    context.add_cookies(cookies)  # type: ignore[arg-type]
    return context.pages[0] if context.pages else context.new_page()
