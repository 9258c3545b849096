"""Background work of resources."""

from app.jobs.service import enqueue
from app.kit.context import Ctx
from app.resources.events import BaseRegistered

BASE_CODE = "resources.base_code"  # run by the worker, which knows the platform


async def order_base_code(ctx: Ctx, fact: BaseRegistered) -> None:
    """Order the platform's QR code of a new base, in the transaction that made the base."""
    await enqueue(ctx, BASE_CODE, base=fact.base_id, scene=fact.scene)
