"""What a refused request must leave behind: nothing."""

from tests.client import Client


async def row_counts(client: Client) -> dict[str, int]:
    """How many rows each table of the database has."""
    tables = await client.rows(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    parts = [f"SELECT '{row.relname}', count(*) FROM \"{row.relname}\"" for row in tables]
    return {str(row[0]): int(row[1]) for row in await client.rows(" UNION ALL ".join(parts))}
