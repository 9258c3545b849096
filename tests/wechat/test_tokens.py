"""One token for all processes: fetched by one, replaced by one, and never in a loop."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from app.kit.db import make_engine
from app.kit.settings import Settings
from tests.cast import AES_KEY, APPID
from tests.wechat.stage import ADDRESSES, STABLE_TOKEN, Platform, Sender, sending
from wechat import gateway as gateway_module
from wechat.channel import CUSTOMER
from wechat.gateway import NoAnswer, PlatformDown
from wechat.tokens import TokenUnavailable

CALLERS = 30


@pytest.fixture
async def pair(settings: Settings, platform: Platform) -> AsyncIterator[tuple[Sender, Sender]]:
    """Two processes' worth of senders: own connections, own memory, one database."""
    engines = [make_engine(settings, "one"), make_engine(settings, "two")]
    async with sending(engines[0], platform.url) as one, sending(engines[1], platform.url) as two:
        yield one, two
    for engine in engines:
        await engine.dispose()


async def call(sender: Sender) -> int | type[Exception]:
    """One call to the platform: its errcode, or how it failed."""
    try:
        return (await sender.gateway.get(await sender.account(), ADDRESSES)).errcode
    except (TokenUnavailable, NoAnswer, PlatformDown) as exc:
        return type(exc)


async def storm(pair: tuple[Sender, Sender], callers: int = CALLERS) -> Counter[object]:
    return Counter(await asyncio.gather(*(call(pair[n % 2]) for n in range(2 * callers))))


def forced(platform: Platform) -> int:
    return len(platform.simulator.world.forced_refreshes.get(APPID, []))


async def lease(sender: Sender) -> object:
    async with sender.engine.connect() as conn:
        found = await conn.exec_driver_sql("SELECT refresh_until FROM access_token")
        return found.scalar()


async def test_sixty_cold_callers_fetch_one_token(
    pair: tuple[Sender, Sender], platform: Platform, every_postgres: str
) -> None:
    assert await storm(pair) == {0: 2 * CALLERS}
    assert len(platform.calls(STABLE_TOKEN)) == 1


async def test_a_token_killed_by_another_program_costs_one_refresh_and_no_call(
    pair: tuple[Sender, Sender], platform: Platform, every_postgres: str
) -> None:
    await storm(pair)
    platform.token_of_another_program(force=True)
    before = len(platform.calls(STABLE_TOKEN))
    assert await storm(pair) == {0: 2 * CALLERS}
    assert len(platform.calls(STABLE_TOKEN)) - before <= 2
    assert forced(platform) == 1, "the other program's; ours asked in normal mode"


async def test_a_token_killed_in_mid_load_fails_nobody(
    pair: tuple[Sender, Sender], platform: Platform
) -> None:
    await call(pair[0])
    load = asyncio.create_task(storm(pair))
    await asyncio.sleep(0.02)
    await asyncio.to_thread(platform.token_of_another_program, force=True)
    assert await load == {0: 2 * CALLERS}
    assert await storm(pair) == {0: 2 * CALLERS}
    assert len(platform.calls(STABLE_TOKEN)) <= 4, "first, the other program's, at most two of ours"


async def test_a_token_near_its_end_is_renewed_before_it_dies(
    pair: tuple[Sender, Sender], platform: Platform
) -> None:
    assert await call(pair[0]) == 0
    platform.sim("clock", advance_seconds=6_950)
    async with pair[0].engine.begin() as conn:
        await conn.exec_driver_sql(
            "UPDATE access_token SET expires_at = expires_at - interval '6950 seconds'"
        )
    assert await storm(pair) == {0: 2 * CALLERS}
    assert len(platform.calls(STABLE_TOKEN)) == 2
    assert {row["errcode"] for row in platform.calls(ADDRESSES)} == {0}


async def test_a_refusal_for_ever_ends_in_one_forced_refresh_and_a_typed_error(
    pair: tuple[Sender, Sender], platform: Platform
) -> None:
    platform.fault(ADDRESSES, errcode=40001, times=None)
    for _ in range(2):
        assert await storm(pair) == {TokenUnavailable: 2 * CALLERS}
    assert forced(platform) == 1
    assert len(platform.calls(STABLE_TOKEN)) <= 4
    assert len(platform.calls(ADDRESSES)) <= 2 * 2 * 2 * CALLERS, "at most one repetition each"
    platform.heal()
    assert await storm(pair) == {0: 2 * CALLERS}


async def test_a_refused_force_is_not_asked_for_again_at_once(
    pair: tuple[Sender, Sender], platform: Platform
) -> None:
    """Somebody else forced a moment ago: the platform says 45011, and we believe it."""
    await call(pair[0])
    platform.token_of_another_program(force=True)
    await call(pair[0])
    async with pair[0].engine.begin() as conn:
        await conn.exec_driver_sql("UPDATE access_token SET forced_at = NULL")
    platform.fault(ADDRESSES, errcode=40001, times=None)
    before = len(platform.calls(STABLE_TOKEN))
    assert await storm(pair) == {TokenUnavailable: 2 * CALLERS}
    assert len(platform.calls(STABLE_TOKEN)) - before == 2, "one normal, one forced: refused"


async def test_a_token_endpoint_that_gives_none_is_a_typed_error_and_frees_the_lease(
    pair: tuple[Sender, Sender], platform: Platform
) -> None:
    """HTML, our address not listed, a wrong secret, busy: the next caller may ask at once."""
    faults = ({"http_status": 502}, {"errcode": 40164}, {"errcode": 40125}, {"errcode": -1})
    for number, fault in enumerate(faults):
        platform.fault(STABLE_TOKEN, **fault)
        assert await call(pair[number % 2]) is TokenUnavailable, fault
        assert await lease(pair[0]) is None
    assert platform.calls(ADDRESSES) == []
    assert await call(pair[0]) == 0


async def test_a_token_endpoint_that_hangs_gives_up_and_frees_the_lease(
    settings: Settings, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our patience is seconds; shortened here, the behaviour is the same."""
    assert gateway_module.READ_SECONDS <= 5
    monkeypatch.setattr(gateway_module, "READ_SECONDS", 0.3)
    engine = make_engine(settings, "hanging")
    platform.fault(STABLE_TOKEN, hang=True)
    async with sending(engine, platform.url) as sender, asyncio.timeout(10):
        assert await call(sender) is TokenUnavailable
        assert await lease(sender) is None
        platform.heal()
        assert await call(sender) == 0
    await engine.dispose()


async def test_a_caller_who_dies_while_fetching_keeps_nobody_waiting(
    pair: tuple[Sender, Sender], platform: Platform
) -> None:
    """Cancelled in the middle, the lease is given back; killed, it ends by itself."""
    platform.fault(STABLE_TOKEN, hang=True)
    fetching = asyncio.create_task(call(pair[0]))
    while not await lease(pair[1]):  # noqa: ASYNC110 - the database has no event
        await asyncio.sleep(0.01)
    # Until it knows of its lease: whoever dies before that keeps it to its end.
    await asyncio.sleep(0.5)
    fetching.cancel()
    await asyncio.gather(fetching, return_exceptions=True)
    assert await lease(pair[1]) is None
    platform.heal()
    async with pair[1].engine.begin() as conn:
        await conn.exec_driver_sql("UPDATE access_token SET refresh_until = now()")
    assert await call(pair[1]) == 0


async def test_after_eight_failures_in_a_row_the_platform_is_left_alone_for_a_while(
    pair: tuple[Sender, Sender], platform: Platform
) -> None:
    await call(pair[0])
    platform.fault(ADDRESSES, http_status=502, times=None)
    assert [await call(pair[0]) for _ in range(10)] == [NoAnswer] * 8 + [PlatformDown] * 2
    assert len(platform.calls(ADDRESSES)) == 9
    platform.heal()
    assert await call(pair[1]) == 0, "each process judges for itself"


async def test_a_token_is_never_stored_in_the_open(
    pair: tuple[Sender, Sender], platform: Platform
) -> None:
    await call(pair[0])
    token = platform.token_of_another_program(force=False)
    async with pair[0].engine.connect() as conn:
        stored = (await conn.exec_driver_sql("SELECT sealed_token FROM access_token")).scalar()
    assert stored
    assert token not in stored
    account = await pair[0].account()
    assert account.secret not in repr(account)
    assert AES_KEY not in repr(account)


async def test_what_must_begin_soon_is_not_begun_late(sender: Sender, platform: Platform) -> None:
    """A slow token: the call is given up before anything is on the wire, and may be asked for again."""
    account = await sender.account()
    platform.fault(STABLE_TOKEN, delay_seconds=0.3)
    with pytest.raises(PlatformDown):
        await sender.gateway.post(account, CUSTOMER, {"touser": "o"}, begin_within=0.1)
    assert platform.calls(CUSTOMER) == []
    await sender.gateway.post(account, CUSTOMER, {"touser": "o"}, begin_within=0.5)
    assert len(platform.calls(CUSTOMER)) == 1
