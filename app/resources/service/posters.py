"""A base's code on paper: the poster for its wall, and cards for its tables."""

import asyncio
from pathlib import Path
from uuid import UUID

from app.kit.art import stamp_svg
from app.kit.context import Ctx
from app.kit.glyphs import boxed
from app.kit.printing import qr_svg, render_pdf
from app.orgs.models import District
from app.resources.kinds import PosterForm
from app.resources.queries import read_poster

TEMPLATE = Path(__file__).parents[1] / "print" / "poster.typ"


async def print_poster(
    ctx: Ctx, base_id: UUID, form: PosterForm, base_url: str
) -> tuple[str, bytes]:
    """(name of the base, PDF): one A4 poster, or four cards to cut on one A4 page.

    The code is that of the base and stays the same, so what hangs already stays good.
    """
    base = await read_poster(ctx, base_id)
    district = await ctx.db.get_one(District, ctx.district_id)
    address = f"{base_url}/c/{base.scene}"
    data = {
        "form": form,
        "district": district.name,
        "name": boxed(base.name),
        "address": boxed(base.address),
        "url": address,
    }

    def draw() -> bytes:
        pictures = {"qr": qr_svg(address), "art": stamp_svg(base.name, base.theme, base.stamp_look)}
        return render_pdf(TEMPLATE, "poster", data | pictures)

    return base.name, await asyncio.to_thread(draw)
