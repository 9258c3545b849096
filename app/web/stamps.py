"""Checking a stamp, for anybody: the page behind its QR code, its file, and the published keys."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from app.kit.clock import platform_time
from app.kit.db import AnyRow, transaction
from app.kit.errors import NotFound
from app.passports.kinds import CATEGORY_WORDS, EVIDENCE_WORDS
from app.passports.queries import certificate_of_code, published_keys, stamp_of_code
from app.passports.rules.signing import canonical, is_signed_by, payload_of
from app.web.rendering import page

router = APIRouter(include_in_schema=False)
LONGEST_CODE = 32
KEYS_FOR = "public, max-age=300"


@router.get("/.well-known/wuchuang-stamps.json")
async def keys(request: Request) -> JSONResponse:
    """The keys that sign stamps, and which stamps were revoked (as digests of their codes)."""
    async with transaction(request.app.state.engine) as conn:
        found = await published_keys(conn)
    return JSONResponse(found, headers={"Cache-Control": KEYS_FOR})


@router.get("/verify/{code}.json")
async def stamp_file(request: Request, code: str) -> JSONResponse:
    """A signed stamp to keep; `stamp-check` reads it without us."""
    row = await _stamp(request, code)
    if row is None or row.signature is None:
        raise NotFound
    body = {"payload": payload_of(row, row.holder, row.kid), "signature": row.signature}
    name = f"attachment; filename={row.code}.json"
    return JSONResponse(body, headers={"Content-Disposition": name, "Cache-Control": "no-store"})


@router.get("/verify/{code}")
async def verify(request: Request, code: str) -> HTMLResponse:
    """Valid, revoked or unknown, in plain words; no name is shown."""
    row = await _stamp(request, code)
    settings = request.app.state.settings
    certificate = None if row else await _certificate(request, code)
    context = {
        "row": row,
        "certificate": certificate,
        "verdict": _verdict(row),
        "when": platform_time(row.awarded_at) if row else "",
        "category": CATEGORY_WORDS[row.category] if row else "",
        "evidence": EVIDENCE_WORDS[row.evidence] if row else "",
        "demo": settings.demo,
        "simulator_url": settings.wechat_api_base,
    }
    return page(request, "verify.html", context, 200 if row or certificate else 404)


async def _certificate(request: Request, code: str) -> Any:
    if not _is_code(code):
        return None
    async with transaction(request.app.state.engine) as conn:
        return await certificate_of_code(conn, code.upper())


def _is_code(code: str) -> bool:
    return code.isascii() and code.isalnum() and len(code) <= LONGEST_CODE


async def _stamp(request: Request, code: str) -> Any:
    if not _is_code(code):
        return None
    async with transaction(request.app.state.engine) as conn:
        return await stamp_of_code(conn, code.upper())


def _verdict(row: AnyRow | None) -> str:
    """The signature is really checked, so that a changed row does not pass as valid."""
    if row is None:
        return "unknown"
    if row.revoked_at is not None:
        return "revoked"
    if row.signature is None or row.withdrawn_at is not None:
        return "signing"
    content = canonical(payload_of(row, row.holder, row.kid))
    return "valid" if is_signed_by(row.public, content, row.signature) else "forged"
