"""Does an empty installation get the promised district, the same one every time?"""

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.activities.models import Activity, Seat, Session
from app.bookings.models import Booking
from app.channels.accounts import find_account
from app.channels.kinds import SERVICE_ACCOUNT
from app.demo import describe_demo, load_demo
from app.demo.build_activities import walk_in_times
from app.demo.build_modes import weekly_days
from app.demo.cast import CHILDREN, FAMILY_PHONES, GUARDIANS, JUNIOR_LOGIN, LOGINS, OTHER_LOGIN
from app.demo.draft import Draft
from app.demo.load import invent
from app.demo.schools import HOLIDAYS
from app.dev.postgres import Cluster, start_cluster
from app.kit.clock import school_day
from app.kit.context import Ctx, Reach
from app.kit.db import system_context
from app.kit.sealing import Sealer
from app.people.errors import WrongLogin
from app.people.models import Person
from app.people.roles import Role
from app.people.service.login import log_in_with_password
from app.registers.kinds import Domain
from app.rounds.permissions import P
from app.rounds.service.publishing import check_proof, proof

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
SEALER = Sealer("demo-tests-demo-tests-demo-tests-demo")
DAYS = (date(2026, 9, 1), date(2026, 10, 4), date(2026, 11, 22), date(2027, 2, 28))


def use(url: str, work: Callable[[AsyncEngine], Awaitable[T]]) -> T:
    """Run async work on a database in a loop of its own."""

    async def run() -> T:
        engine = create_async_engine(url)
        try:
            return await work(engine)
        finally:
            await engine.dispose()

    return asyncio.run(run())


def read(url: str, sql: str) -> list[tuple[Any, ...]]:
    async def select(engine: AsyncEngine) -> list[tuple[Any, ...]]:
        async with engine.connect() as conn:
            return [tuple(row) for row in await conn.execute(text(sql))]

    return use(url, select)


def load(url: str) -> None:
    use(url, lambda engine: load_demo(engine, SEALER))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    started = start_cluster(tmp_path_factory.mktemp("demo") / "pg", durable=False)
    url = started.create_database("empty")
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    before = os.environ.get("DATABASE_URL")
    os.environ["DATABASE_URL"] = url
    try:
        command.upgrade(config, "head")
        yield started
    finally:
        os.environ.pop("DATABASE_URL")
        if before is not None:
            os.environ["DATABASE_URL"] = before
        started.stop()


@pytest.fixture(scope="module")
def loaded(cluster: Cluster) -> str:
    url = cluster.create_database("loaded", template="empty")
    load(url)
    return url


@pytest.fixture(scope="module")
def described(loaded: str) -> dict[str, Any]:
    return use(loaded, lambda engine: describe_demo(engine, "http://base", "http://simulator"))


@pytest.fixture(scope="module")
def draft() -> Draft:
    return invent(date(2026, 11, 22), datetime(2026, 11, 22, 2, tzinfo=UTC))[0]


@pytest.mark.parametrize(
    ("least", "most", "pupils"), [(-3, -1, 2380), (1, 5, 2972), (6, 9, 1596), (-3, 9, 6948)]
)
def test_the_pupils_of_a_stage_are_as_many_as_the_plan_says(
    loaded: str, least: int, most: int, pupils: int
) -> None:
    sql = (
        "SELECT count(*), count(DISTINCT e.student_no) FROM enrollment e "
        "JOIN school_class c ON c.district_id = e.district_id AND c.id = e.class_id "
        f"WHERE c.grade BETWEEN {least} AND {most}"
    )
    assert read(loaded, sql) == [(pupils, pupils)]


def test_every_pupil_has_a_passport_with_a_number_and_a_word_of_its_own(loaded: str) -> None:
    sql = "SELECT count(*), min(number), max(number), min(length(scene)) FROM passport"
    assert read(loaded, sql) == [(6948, "NY-000001", "NY-006948", 27)]


def test_classes_have_the_size_of_classes_and_one_class_teacher(loaded: str) -> None:
    sql = """
    SELECT c.grade < 0, min(n), max(n), min(t), max(t) FROM (
      SELECT c.id, c.grade, (SELECT count(*) FROM enrollment e WHERE e.class_id = c.id) AS n,
        (SELECT count(*) FROM role_grant g WHERE g.class_id = c.id) AS t
      FROM school_class c) c GROUP BY 1 ORDER BY 1"""
    school, nursery = read(loaded, sql)
    assert (school[1] >= 35, school[2] <= 42, school[3:]) == (True, True, (1, 1))
    assert (nursery[1] >= 25, nursery[2] <= 30, nursery[3:]) == (True, True, (1, 1))


def test_headcounts_add_up(loaded: str) -> None:
    sql = "SELECT count(*), sum(pupils), sum(teachers) FROM headcount WHERE school_year = 2026"
    assert read(loaded, sql) == [(14, 6948, 361)]
    sql = """
    SELECT h.pupils, (SELECT count(*) FROM enrollment e JOIN school_class c ON c.id = e.class_id
      WHERE c.organization_id = h.organization_id) FROM headcount h"""
    assert all(reported == enrolled for reported, enrolled in read(loaded, sql))


def test_ten_schools_are_named_and_each_member_has_a_contact(loaded: str) -> None:
    named = (
        "南苑中学 朱桥学校 娄塘学校 叶城小学 南苑小学 民办娄塘小学 "
        "叶城幼儿园 清水颐园幼儿园 朱桥幼儿园 娄塘幼儿园"
    ).split()
    sql = (
        "SELECT o.name, count(g.id) FROM organization o JOIN district d ON d.id = o.district_id "
        "LEFT JOIN role_grant g ON g.organization_id = o.id AND g.role = 'school_admin' "
        "WHERE d.code = 'NY' AND o.kind IN ('school', 'kindergarten', 'community') GROUP BY 1"
    )
    contacts = dict(read(loaded, sql))
    assert set(named) <= set(contacts)
    assert (len(contacts), set(contacts.values())) == (14, {1})


def test_schools_with_nine_grades_sit_in_two_groups(loaded: str) -> None:
    sql = (
        "SELECT o.name FROM org_group_member m JOIN organization o ON o.id = m.organization_id "
        "GROUP BY 1 HAVING count(*) = 2 ORDER BY 1"
    )
    assert {name for (name,) in read(loaded, sql)} == {"朱桥学校", "娄塘学校"}


def test_the_plan_has_34_markers(loaded: str) -> None:
    sql = "SELECT stage, count(*), min(state) FROM marker GROUP BY stage ORDER BY min(id::text)"
    assert read(loaded, sql) == [
        ("2017.03-12", 9, "reached"),
        ("2018-19", 10, "reached"),
        ("2020", 7, "open"),
        ("2021", 8, "open"),
    ]
    domains = {name for (name,) in read(loaded, "SELECT DISTINCT domain FROM marker")}
    assert domains == {domain.value for domain in Domain}


def test_about_2500_stamps_are_spread_and_xiaonan_has_two(
    loaded: str, described: dict[str, Any]
) -> None:
    total, pupils = read(loaded, "SELECT count(*), count(DISTINCT pupil_id) FROM stamp")[0]
    assert 2300 <= total <= 2700
    assert pupils > 1500
    xiaonan = described["ids"]["pupil_xiaonan"]
    assert read(loaded, f"SELECT count(*) FROM stamp WHERE pupil_id = '{xiaonan}'") == [(2,)]


def test_seats_and_bookings_name_each_other(loaded: str) -> None:
    broken = """
    SELECT count(*) FROM booking b
    LEFT JOIN seat t ON t.district_id = b.district_id AND t.id = b.seat_id
    WHERE b.state IN ('confirmed', 'attended', 'absent')
      AND (t.booking_id IS DISTINCT FROM b.id OR t.session_id <> b.session_id)"""
    assert read(loaded, broken) == [(0,)]
    orphans = """
    SELECT count(*) FROM seat t LEFT JOIN booking b ON b.id = t.booking_id
    WHERE t.booking_id IS NOT NULL AND b.seat_id IS DISTINCT FROM t.id"""
    assert read(loaded, orphans) == [(0,)]
    capacity = """
    SELECT count(*) FROM session s WHERE s.capacity <>
      (SELECT count(*) FROM seat t WHERE t.session_id = s.id)"""
    assert read(loaded, capacity) == [(0,)]


def test_children_only_visit_what_fits_their_grade(loaded: str) -> None:
    sql = """
    SELECT count(*) FROM booking b JOIN session s ON s.id = b.session_id
    JOIN activity a ON a.id = s.activity_id JOIN enrollment e ON e.pupil_id = b.pupil_id
    JOIN school_class c ON c.id = e.class_id
    WHERE c.grade NOT BETWEEN a.min_grade AND a.max_grade OR a.state <> 'published'"""
    assert read(loaded, sql) == [(0,)]


def test_attended_bookings_have_an_attendance_and_stamps_enough_evidence(loaded: str) -> None:
    sql = """
    SELECT (SELECT count(*) FROM booking WHERE state = 'attended'),
      (SELECT count(*) FROM attendance),
      (SELECT count(*) FROM attendance n JOIN session s ON s.id = n.session_id
        JOIN activity a ON a.id = s.activity_id WHERE n.evidence <= a.evidence_needed),
      (SELECT count(*) FROM stamp),
      (SELECT count(*) FROM session WHERE state = 'closed' AND ends_at > now())"""
    attended, attendances, earned, stamps, wrongly_closed = read(loaded, sql)[0]
    assert (attended, earned, wrongly_closed) == (attendances, stamps, 0)


def test_the_full_session_has_a_short_waiting_list(loaded: str, described: dict[str, Any]) -> None:
    full = described["ids"]["session_full"]
    sql = f"SELECT state, count(*) FROM booking WHERE session_id = '{full}' GROUP BY 1 ORDER BY 1"
    assert read(loaded, sql) == [("confirmed", 20), ("waitlisted", 3)]


def test_an_open_round_has_many_wishes_within_its_rules(
    loaded: str, described: dict[str, Any]
) -> None:
    sql = f"""
    SELECT r.state, count(DISTINCT w.pupil_id), max(w.number),
      bool_and(s.mode = 'wishes' AND c.grade BETWEEN a.min_grade AND a.max_grade)
    FROM booking_round r JOIN wish w ON w.round_id = r.id JOIN session s ON s.id = w.session_id
    JOIN activity a ON a.id = s.activity_id JOIN enrollment e ON e.pupil_id = w.pupil_id
    JOIN school_class c ON c.id = e.class_id
    WHERE r.id = '{described["ids"]["round_open"]}' GROUP BY 1"""
    assert read(loaded, sql) == [("announced", 300, 5, True)]


def test_last_terms_round_can_be_computed_again(loaded: str, described: dict[str, Any]) -> None:
    """The invented result is the one that the product's own rules give."""
    round_id = UUID(described["ids"]["round_past"])

    async def prove(engine: AsyncEngine) -> dict[str, Any]:
        async with engine.connect() as conn:
            row = (await conn.execute(text("SELECT id FROM district WHERE code = 'NY'"))).one()
        async with system_context(engine, {}, row.id) as ctx:
            actor = replace(ctx.actor, permissions={P.ROUND_READ: Reach(district=True)})
            return await proof(Ctx(ctx.conn, actor, ctx.now, {}, ""), round_id)

    assert check_proof(use(loaded, prove)) == 180
    sql = f"""
    SELECT count(*), count(r.session_id), count(b.id), bool_and(r.verdicts <> '[]')
    FROM allocation_result r LEFT JOIN booking b ON b.pupil_id = r.pupil_id
      AND b.session_id = r.session_id AND b.state = 'attended'
    WHERE r.run_id = (SELECT id FROM allocation_run WHERE round_id = '{round_id}')"""
    took_part, placed, came, has_reasons = read(loaded, sql)[0]
    assert (took_part, placed, has_reasons) == (180, came, True)
    assert 80 < placed < 180


def test_a_class_waits_for_its_unit_and_another_for_its_school(loaded: str) -> None:
    sql = """
    SELECT c.state, c.answer_by > now(), c.confirm_by > now(),
      (SELECT count(*) > 30 FROM booking b WHERE b.class_booking_id = c.id AND b.state = 'held')
    FROM class_booking c ORDER BY 1"""
    assert read(loaded, sql) == [
        ("drafted", None, True, True),
        ("head_confirmed", True, True, True),
    ]


def test_a_session_has_reserves_and_one_a_draw(loaded: str, described: dict[str, Any]) -> None:
    ids = described["ids"]
    pools = (
        "SELECT count(*), count(DISTINCT pool_id), count(booking_id) > 0 FROM seat "
        f"WHERE session_id = '{ids['session_reserved']}' AND pool_id IS NOT NULL"
    )
    seats, schools, used = read(loaded, pools)[0]
    assert (seats, schools, used) == (32, 6, True)
    draw = (
        "SELECT s.drawn_at, s.draw_digest = encode(sha256(s.draw_seed::bytea), 'hex'), "
        "(SELECT count(*) > 30 FROM booking b WHERE b.session_id = s.id AND b.state = 'applied') "
        f"FROM session s WHERE s.id = '{ids['session_draw']}'"
    )
    assert read(loaded, draw) == [(None, True, True)]


@pytest.mark.parametrize("day", DAYS)
def test_a_weekly_course_leaves_out_days_off(day: date) -> None:
    days = weekly_days(day)
    assert 2 <= len(days) <= 8
    assert {one.isoweekday() for one in days} == {3}
    assert all(one > day and not any(a <= one <= b for a, b, _, _ in HOLIDAYS) for one in days)


def test_the_families_of_the_stories_have_a_phone_and_a_child(described: dict[str, Any]) -> None:
    families = described["families"]
    assert len(families) == FAMILY_PHONES
    assert len({family["pupil_id"] for family in families}) > FAMILY_PHONES * 0.9


def test_todays_session_is_open_now(loaded: str, described: dict[str, Any]) -> None:
    sql = (
        "SELECT booking_opens_at < now() AND starts_at - interval '30 minutes' <= now() "
        f"AND now() < ends_at FROM session WHERE id = '{described['ids']['session_today']}'"
    )
    assert read(loaded, sql) == [(True,)]


def test_two_installations_get_the_same_people(cluster: Cluster, loaded: str) -> None:
    other = cluster.create_database("other", template="empty")
    load(other)
    for sql in (
        "SELECT id, name FROM person ORDER BY id",
        "SELECT id, name FROM organization ORDER BY id",
        "SELECT id, pupil_id, number, scene FROM passport ORDER BY id",
        "SELECT id, guardian_id, pupil_id FROM guardianship ORDER BY id",
        "SELECT id, title FROM activity ORDER BY id",
    ):
        assert read(loaded, sql) == read(other, sql)


def test_the_same_day_gives_the_same_rows(draft: Draft) -> None:
    again = invent(draft.today, draft.now)[0]
    assert again.rows == draft.rows


@pytest.mark.parametrize("day", DAYS)
def test_any_day_of_the_year_gives_a_full_term(day: date) -> None:
    now = datetime(day.year, day.month, day.day, 3, tzinfo=UTC)
    rows = invent(day, now)[0].rows
    states = Counter(row["state"] for row in rows[Activity])
    assert (len(rows[Activity]), states["published"]) == (70, 63)
    assert 210 <= len(rows[Session]) <= 250
    assert Counter(row["state"] for row in rows[Booking])["waitlisted"] == 3
    assert len(rows[Seat]) == sum(row["capacity"] for row in rows[Session])


@pytest.mark.parametrize("hour", range(24))
def test_a_walk_in_session_is_open_at_every_hour(hour: int) -> None:
    now = datetime(2026, 11, 21, hour, 40, tzinfo=UTC)
    times = walk_in_times(school_day(now), now)
    assert any(starts_at <= now < ends_at for starts_at, ends_at in times)
    assert all(end <= start for (_, end), (start, _) in pairwise(times))


def test_loading_again_changes_nothing(loaded: str) -> None:
    counts = (
        "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM district), "
        "(SELECT count(*) FROM booking), (SELECT count(*) FROM audit_entry)"
    )
    before = read(loaded, counts)
    load(loaded)
    assert read(loaded, counts) == before


def test_each_district_has_one_line_in_its_log(loaded: str) -> None:
    sql = (
        "SELECT d.code, a.action FROM audit_entry a JOIN district d ON d.id = a.district_id "
        "ORDER BY 1"
    )
    assert read(loaded, sql) == [(code, "demo:load") for code in ("JY", "NY", "TPHN")]


def test_titles_fit_a_message(draft: Draft) -> None:
    assert max(len(row["title"]) for row in draft.rows[Activity]) <= 20


def test_nobody_bears_a_name_that_is_printed_in_the_docs(draft: Draft) -> None:
    cast = {child.name for child in CHILDREN} | {guardian.name for guardian in GUARDIANS}
    cast |= {login.name for login in (*LOGINS, JUNIOR_LOGIN)}
    printed = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("**/*.md"))
    names = {row["name"] for row in draft.rows[Person]} - cast
    assert {name for name in names if name in printed} == set()
    assert {len(name) for name in names} == {2, 3}


def test_the_printed_logins_open_the_console(loaded: str, described: dict[str, Any]) -> None:
    staff = set(Role) - {Role.GUARDIAN, Role.PUPIL}
    assert set(described["logins"]) == {role.value for role in staff}
    accounts = [("NY", login) for login in described["logins"].values()]
    other = described["other_district_login"]
    assert other["username"] == OTHER_LOGIN.username
    accounts.append((other["district"], other))

    async def log_in_everybody(engine: AsyncEngine) -> None:
        for district, login in accounts:
            username, password = login["username"], login["password"]
            await log_in_with_password(engine, SEALER, district, username, password)
        with pytest.raises(WrongLogin):
            await log_in_with_password(engine, SEALER, "JY", "mishuchu", "mishuchu-2026")

    use(loaded, log_in_everybody)


def test_the_phones_are_bound_to_their_people(loaded: str, described: dict[str, Any]) -> None:
    wechat = described["wechat"]
    sql = (
        "SELECT i.subject, p.name FROM identity i JOIN person p ON p.id = i.person_id "
        f"WHERE i.issuer = '{wechat['appid']}'"
    )
    bound = dict(read(loaded, sql))
    phones = {phone["openid"]: phone["name"] for phone in described["phones"]}
    stranger = next(phone for phone in described["phones"] if not phone["following"])
    assert phones.pop(stranger["openid"]) == "新来的家长"
    assert bound == phones


def test_the_accounts_secrets_open(loaded: str, described: dict[str, Any]) -> None:
    wechat = described["wechat"]
    account = use(loaded, lambda engine: find_account(engine, SEALER, wechat["account"]))
    assert account is not None
    assert (account.kind, account.appid) == (SERVICE_ACCOUNT, wechat["appid"])
    assert (account.secret, account.token) == (wechat["secret"], wechat["token"])
    assert account.aes_keys == (wechat["aes_key"],)
    assert len(wechat["aes_key"]) == 43
    assert wechat["callback_url"] == "http://base/wechat/callback/nanyuan"


def test_scenes_say_what_they_open(described: dict[str, Any]) -> None:
    labels = set(described["scenes"].values())
    assert {"基地：陶艺工坊", "护照卡：小南"} <= labels
    assert {len(scene) for scene in described["scenes"]} == {27}
