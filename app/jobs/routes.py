"""HTTP for a look at the background work."""

from fastapi import APIRouter

from app.jobs import queries
from app.jobs.queries import HeartbeatLine, JobLine
from app.kit.deps import Authed
from app.kit.http import PageSize
from app.kit.paging import Page

router = APIRouter(tags=["jobs"])


@router.get("/jobs")
async def list_jobs(ctx: Authed, limit: PageSize = 50) -> Page[JobLine]:
    return Page(items=await queries.list_jobs(ctx, limit))


@router.get("/heartbeats")
async def list_heartbeats(ctx: Authed) -> Page[HeartbeatLine]:
    return Page(items=await queries.list_heartbeats(ctx))
