"""Once a week each school's contacts hear who looked at their children's records."""

from app.jobs.service import Arguments, Unit
from app.privacy import statements
from app.privacy.events import AccessReviewed
from app.privacy.rules import span_of, week_before


async def review_access(unit: Unit, _: Arguments) -> None:
    """Sum up last week for every school; a repeated run tells nobody twice."""
    async with unit() as ctx:
        monday, sunday = week_before(ctx.today)
        begin, end = span_of(monday, sunday)
        params = {
            "district": ctx.district_id,
            "begin": begin,
            "end": end,
            "everywhere": True,
            "schools": [],
        }
        lines = (await ctx.conn.execute(statements.DIGEST, params)).all()
        children = {
            row.organization_id: row.children
            for row in await ctx.conn.execute(statements.CHILDREN_LOOKED_AT, params)
        }
        for school in (await ctx.conn.execute(statements.SCHOOLS, params)).scalars().all():
            mine = [line for line in lines if line.organization_id == school]
            await ctx.emit(
                AccessReviewed(
                    organization_id=school,
                    monday=monday,
                    readers=len({line.person_id for line in mine}),
                    children=children.get(school, 0),
                    reads=sum(line.reads for line in mine),
                )
            )
