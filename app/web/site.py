"""The public pages: the front page, the landing page of a QR code, the list of error codes."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.activities.queries import coming_at_base, front_figures
from app.evaluations.service.printing import SHEET_SCENE_PREFIX
from app.kit.db import transaction
from app.kit.errors import all_errors
from app.kit.problems import STATUS
from app.privacy.queries import receipt_of
from app.resources.queries import public_base_of_scene
from app.web import apply, column, feeds, labels, refusals, stamps
from app.web.assets import STATIC, KeptFiles
from app.web.console.routes import router as console
from app.web.door.pages import router as door
from app.web.m.routes import router as family
from app.web.policy import CONTENT, policy
from app.web.rendering import templates
from app.web.same_origin import SameOrigin

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

_HEADERS = {
    CONTENT: policy(),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


@router.get("/")
async def front(request: Request) -> HTMLResponse:
    """What this is, with the district's public figures; no names, no login needed."""
    async with transaction(request.app.state.engine) as conn:
        districts = await front_figures(conn)
    return _page(request, "front.html", {"districts": districts})


@router.get("/c/{scene}")
async def landing(request: Request, scene: str) -> Response:
    """What anybody's scanner opens. A base is named; a child's card never says whose it is.

    A printed task sheet leads straight to where it is handed in.
    """
    if scene.startswith(SHEET_SCENE_PREFIX):
        return RedirectResponse(f"/m/sheets/code/{quote(scene[:64], safe='')}", 303)
    async with transaction(request.app.state.engine) as conn:
        base = await public_base_of_scene(conn, scene[:64])
        coming = await coming_at_base(conn, base.district_id, base.id) if base else []
    context = {
        "base": base,
        "coming": coming,
        "is_card": scene.startswith("p"),
        "is_code": scene.startswith("r"),
        "scene": scene[:64],
    }
    return _page(request, "landing.html", context)


@router.get("/receipt/{code}")
async def receipt(request: Request, code: str) -> HTMLResponse:
    """What became of a request for erasure, for whoever holds its receipt; no names."""
    async with transaction(request.app.state.engine) as conn:
        row = await receipt_of(conn, code[:64])
    return _page(request, "receipt.html", {"row": row, "labels": labels})


@router.get("/docs/errors")
async def errors(request: Request) -> HTMLResponse:
    """Every permanent error code with its status and sentence."""
    rows = [(error.code, STATUS[error.kind], error.sentence) for error in all_errors()]
    return _page(request, "errors.html", {"rows": rows})


def _page(request: Request, name: str, context: dict[str, Any]) -> HTMLResponse:
    settings = request.app.state.settings
    context |= {"demo": settings.demo, "simulator_url": settings.wechat_api_base}
    return templates.TemplateResponse(request, name, context)


class SafeHeaders:
    """Strict headers on every answer; pages have no inline script or style to allow.

    The page that asks WeChat's phone brings a policy of its own.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._headers = [(key.encode(), value.encode()) for key, value in _HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {key for key, _ in message["headers"]}
                message["headers"].extend(row for row in self._headers if row[0] not in given)
                if _is_html(message):
                    message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        await self._app(scope, receive, add if scope["type"] == "http" else send)


def _is_html(message: Message) -> bool:
    """Pages may show children's names: no cache keeps them."""
    return any(
        key.lower() == b"content-type" and value.startswith(b"text/html")
        for key, value in message["headers"]
    )


def install(app: FastAPI) -> None:
    """Add the pages; after `problems.install`, whose answers become pages under /console and /m."""
    app.include_router(router)
    app.include_router(apply.router)
    app.include_router(column.router)
    app.include_router(feeds.router)
    app.include_router(door)
    app.include_router(stamps.router)
    app.include_router(console)
    app.include_router(family)
    app.mount("/static", KeptFiles(directory=STATIC), name="static")
    refusals.install(app)
    app.add_middleware(SameOrigin)
    app.add_middleware(SafeHeaders)
