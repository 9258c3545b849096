"""What does a client see when something is refused or broken? RFC 9457 problem+json, always."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from app.kit.errors import (
    BrokenReference,
    BrokenRule,
    DomainError,
    Duplicate,
    Kind,
    Unavailable,
)

log = structlog.get_logger()

STATUS: Mapping[Kind, int] = {
    Kind.NOT_FOUND: 404,
    Kind.FORBIDDEN: 403,
    Kind.INVALID: 422,
    Kind.CONFLICT: 409,
    Kind.TOO_MANY: 429,
    Kind.UNAVAILABLE: 503,
    Kind.UNAUTHENTICATED: 401,
}
RETRY_AFTER = "3"
_HTTP_CODES = {
    404: ("http.no_such_address", "没有这个地址。"),
    405: ("http.method_not_allowed", "这个地址不接受这种操作。"),
    413: ("http.too_large", "提交的内容太大。"),
}


def problem(status: int, code: str, detail: str, **extra: Any) -> JSONResponse:
    body = {
        "type": f"/docs/errors#{code}",
        "title": code,
        "status": status,
        "code": code,
        "detail": detail,
        **extra,
    }
    headers = {"Retry-After": RETRY_AFTER} if status in (429, 503) else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def of_error(exc: DomainError) -> JSONResponse:
    params = {key: str(value) for key, value in exc.params.items()}
    return problem(STATUS[exc.kind], exc.code, exc.text(), params=params)


def of_database(exc: DBAPIError) -> DomainError:
    """Unique and reference rules are the client's conflict; anything else means: try again later."""
    if isinstance(exc, IntegrityError):
        state = getattr(exc.orig, "sqlstate", None) or getattr(exc.orig, "pgcode", None)
        if state == "23503":
            return BrokenReference()
        if state in {"23505", "23P01"}:
            return Duplicate()
        return BrokenRule()
    return Unavailable()


async def _domain_error(_: Request, exc: Exception) -> JSONResponse:
    assert isinstance(exc, DomainError)
    return of_error(exc)


async def _invalid(_: Request, exc: Exception) -> JSONResponse:
    assert isinstance(exc, RequestValidationError)
    # Never echo the input: it may hold a child's name, or characters no encoder takes.
    errors = [
        {
            "field": ".".join(_safe(str(part)) for part in error["loc"]),
            "code": str(error["type"]),
        }
        for error in exc.errors()[:50]
    ]
    return problem(422, "http.invalid", "提交的内容有误，请检查标出的项目。", errors=errors)


def _safe(text: str) -> str:
    return text.encode("utf-8", "replace").decode()[:80]


async def _http(_: Request, exc: Exception) -> JSONResponse:
    assert isinstance(exc, HTTPException)
    code, detail = _HTTP_CODES.get(exc.status_code, (f"http.{exc.status_code}", "请求无法完成。"))
    answer = problem(exc.status_code, code, detail)
    answer.headers.update(exc.headers or {})
    return answer


async def _database(_: Request, exc: Exception) -> JSONResponse:
    assert isinstance(exc, DBAPIError)
    known = of_database(exc)
    if known.kind is Kind.UNAVAILABLE:
        log.error("database_unavailable", error=type(exc.orig).__name__)
    return of_error(known)


async def _unreachable(_: Request, exc: Exception) -> JSONResponse:
    log.error("database_unreachable", error=type(exc).__name__)
    return of_error(Unavailable())


async def _unexpected(_: Request, exc: Exception) -> JSONResponse:
    log.error("unexpected_error", error=type(exc).__name__, exc_info=exc)
    return problem(500, "kit.unexpected", "系统出错了，我们已经记录下来，请稍后再试。")


def install(app: FastAPI) -> None:
    """Every way out of a request that is not an answer ends in one of these."""
    app.add_exception_handler(DomainError, _domain_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DBAPIError, _database)
    for unreachable in (PoolTimeoutError, OSError, asyncio.TimeoutError):
        app.add_exception_handler(unreachable, _unreachable)
    app.add_exception_handler(Exception, _unexpected)
