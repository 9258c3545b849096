"""The second wall between districts: the database itself shows one district only."""

import importlib
import importlib.util
import inspect
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

import app.main  # noqa: F401 - so that every package is imported
from app.kit.context import Actor, Ctx, Reach
from app.kit.db import enter_district, transaction
from app.kit.errors import DomainError
from app.people.roles import ROLES
from app.tables import OWNERS, metadata
from app.wiring import WIRING
from tests.cast import CAST, ELSEWHERE, HERE, POTTERY_SCENE, SCHOOL, TERM_START
from tests.client import Client

TENANT_TABLES = sorted(
    table.name for table in metadata.sorted_tables if "district_id" in table.columns
)


async def _fill(client: Client) -> None:
    session_id = await client.add_session()
    await client.book(CAST.mama, CAST.xiaonan, session_id)
    await client.scan(CAST.mama, POTTERY_SCENE)
    await client.get(CAST.teacher, f"/people/{CAST.xiaonan.id}")


async def test_every_tenant_table_has_the_wall_up(client: Client) -> None:
    walls = await client.rows(
        "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
    )
    assert {row.relname for row in walls} >= {*TENANT_TABLES, "district"}
    policies = await client.rows(
        "SELECT tablename FROM pg_policies WHERE policyname = 'tenant' "
        "AND roles = ARRAY['wuchuang_app']::name[]"
    )
    assert {row.tablename for row in policies} >= {*TENANT_TABLES, "district"}


async def test_every_table_shows_the_own_district_only(client: Client) -> None:
    await _fill(client)
    for table in TENANT_TABLES:
        count = text(f"SELECT count(*), count(*) FILTER (WHERE district_id <> :d) FROM {table}")
        async with transaction(client.engine) as conn:
            await enter_district(conn, ELSEWHERE)
            assert (await conn.execute(count, {"d": ELSEWHERE})).one()[1] == 0, table
        async with transaction(client.engine) as conn:
            await conn.execute(text("SET LOCAL ROLE wuchuang_app"))
            seen = (await conn.execute(count, {"d": HERE})).one()
            assert tuple(seen) == (0, 0), f"{table}: no district, no rows"


async def test_a_row_for_another_district_is_refused(client: Client) -> None:
    for district_id, allowed in ((ELSEWHERE, True), (HERE, False)):
        try:
            async with transaction(client.engine) as conn:
                await enter_district(conn, ELSEWHERE)
                await conn.execute(
                    text("INSERT INTO person (district_id, id, name, state) "
                         "VALUES (:d, :i, '新人', 'active')"),
                    {"d": district_id, "i": uuid4()},
                )  # fmt: skip
            assert allowed
        except DBAPIError:
            assert not allowed


async def test_the_wall_falls_with_the_transaction_and_leaks_to_nobody(client: Client) -> None:
    engine = client.engine
    async with engine.connect() as conn:
        async with conn.begin():
            await enter_district(conn, ELSEWHERE)
        async with conn.begin():
            assert await _people(conn) > 5
            role = (await conn.execute(text("SELECT current_user"))).scalar_one()
    assert role != "wuchuang_app"


async def _people(conn: AsyncConnection) -> int:
    return int((await conn.execute(text("SELECT count(*) FROM person"))).scalar_one())


async def test_history_belongs_to_nobody_who_serves_requests(client: Client) -> None:
    for table in ("audit_entry", "audit_seal", "scan"):
        for verb in ("UPDATE", "DELETE"):
            allowed = await client.value(
                "SELECT has_table_privilege('wuchuang_app', :t, :v)", t=table, v=verb
            )
            assert allowed is False, (table, verb)


def _query_functions() -> list[Any]:
    """Every list and read of every package: async, takes a Ctx first."""
    found = []
    for owner in OWNERS.values():
        package = owner.__name__.rsplit(".", 1)[0]
        found += _functions_of(f"{package}.queries")
    return found


def _functions_of(name: str) -> list[Any]:
    if importlib.util.find_spec(name) is None:
        return []
    module = importlib.import_module(name)
    return [
        function
        for _, function in inspect.getmembers(module, inspect.iscoroutinefunction)
        if function.__module__.startswith(name)
        and next(iter(inspect.signature(function).parameters), "") == "ctx"
        and not function.__name__.startswith("_")
    ]


VALUES: dict[str, Any] = {
    "cursor": None,
    "limit": 50,
    "purpose": "检查",
    "school_year": 2026,
    "person_ids": [CAST.mama.id],
    "item_ids": [CAST.xiaonan.id],
    "pupil_ids": [CAST.xiaonan.id],
    "booking_ids": [CAST.xiaonan.id],
    "issuer": "wxtest00000000001",
    "organization_ids": [SCHOOL],
    "need_ids": [SCHOOL],
    "day": TERM_START,
    "screen": "reviews",
    "scene": POTTERY_SCENE,
    "activities": [],
    "audience": {"roles": ["guardian"]},
    "name": None,
}
IDS = {"pupil_id": CAST.xiaonan.id, "person_id": CAST.mama.id}
EVERYTHING = Reach(district=True)


async def test_every_query_under_the_wrong_district_gives_nothing_of_ours(client: Client) -> None:
    """Even an actor with every right, standing in another district, sees none of our children."""
    await _fill(client)
    functions = _query_functions()
    assert len(functions) > 30, "the functions are found, or this test proves nothing"
    for function in functions:
        seen = await _asked_elsewhere(client, function)
        assert CAST.xiaonan.name not in repr(seen), function
        assert str(CAST.xiaonan.id) not in repr(seen), function


async def _asked_elsewhere(client: Client, function: Any) -> Any:
    rights = {right: EVERYTHING for row in ROLES.values() for right in row.permissions}
    own = frozenset({CAST.xiaonan.id})
    actor = Actor(ELSEWHERE, CAST.foreign_secretary.id, "test", rights, own)
    arguments = {
        name: VALUES.get(name, IDS.get(name, _anything(parameter)))
        for name, parameter in list(inspect.signature(function).parameters.items())[1:]
    }
    async with transaction(client.engine) as conn:
        now = await enter_district(conn, ELSEWHERE)
        try:
            return await function(Ctx(conn, actor, now, WIRING), **arguments)
        except DomainError as refusal:
            return refusal


def _anything(parameter: inspect.Parameter) -> Any:
    if parameter.default is not inspect.Parameter.empty:
        return parameter.default
    return uuid4() if parameter.annotation is UUID else None
