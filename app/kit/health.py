"""Is this process alive, and can it serve?"""

import asyncio

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> PlainTextResponse:
    """The process answers; says nothing of the database, so that a balancer does not kill it."""
    return PlainTextResponse("ok")


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """200 when the database answers within two seconds and is migrated, else 503."""
    try:
        async with asyncio.timeout(2), request.app.state.engine.connect() as conn:
            revision = (
                await conn.execute(text("SELECT version_num FROM alembic_version"))
            ).scalar()
    except (SQLAlchemyError, OSError, TimeoutError) as exc:
        return JSONResponse(
            {"ready": False, "why": "数据库没有响应", "error": type(exc).__name__},
            503,
            {"Retry-After": "3"},
        )
    return JSONResponse({"ready": True, "revision": revision})


@router.get("/metrics")
async def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def install(app: FastAPI) -> None:
    app.include_router(router)
