"""What a claim costs does not depend on how many messages there ever were."""

from sqlalchemy import text

from app.kit.db import system_context, transaction
from app.notifications.kinds import Kind
from app.notifications.service.claiming import claim
from app.notifications.service.notify import notify
from app.wiring import WIRING
from tests.cast import HERE
from tests.client import Client
from tests.notifications.test_ways import FIELDS
from tests.wechat.stage import Sender

MANY, FEW = 1500, 10
BORN = (
    "INSERT INTO person (district_id, id, name, state) SELECT :d, gen_random_uuid(), '家长', 'active' "
    "FROM generate_series(1, :n) RETURNING id"
)
READ = text(
    "SELECT relname, coalesce(idx_tup_fetch, 0) + coalesce(seq_tup_read, 0) AS rows "
    "FROM pg_stat_xact_user_tables WHERE relname IN ('notification', 'delivery')"
)


async def test_a_claim_reads_what_it_takes_and_not_all_there_is(
    client: Client, sender: Sender
) -> None:
    """Also with the plan that PostgreSQL keeps for any number of messages: that one read all of them."""
    born = await client.rows(BORN, d=HERE, n=MANY)
    async with system_context(client.engine, WIRING, HERE) as ctx:
        await notify(ctx, Kind.BOOKING_CONFIRMED, [row.id for row in born], "1", FIELDS)
    await client.rows("ANALYZE notification, delivery")
    async with transaction(client.engine) as conn:
        await conn.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
        before = {row.relname: row.rows for row in await conn.execute(READ)}
        assert len(await claim(conn, sender.channel, None, FEW)) == FEW
        after = {row.relname: row.rows for row in await conn.execute(READ)}
    read = {name: after[name] - before[name] for name in after}
    assert set(read) == {"notification", "delivery"}
    assert max(read.values()) <= 6 * FEW, read
