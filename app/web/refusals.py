"""What does a person with a browser see when something is refused or broken? A page, never JSON."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import WebSocketRequestValidationError
from starlette.responses import RedirectResponse, Response

from app.people.errors import SecondFactorFirst, StepUpNeeded
from app.web.rendering import here, is_page, own_path, page

FACTOR_PAGE, PROOF_PAGE = "/console/account/second-factor", "/console/account/proof"
Handler = Callable[[Request, Exception], Awaitable[Response]]
_HEADINGS = {
    403: "没有权限",
    404: "没有找到",
    409: "没有成功",
    422: "请检查后再提交",
    429: "请稍等",
    500: "系统出错了",
    503: "系统正忙",
}


def install(app: FastAPI) -> None:
    """Put pages in front of the handlers of `app.kit.problems`, which go on deciding what is said."""
    for kind, handler in list(app.exception_handlers.items()):
        if kind is not WebSocketRequestValidationError:
            app.add_exception_handler(kind, _in_front_of(handler))  # type: ignore[arg-type]


def _in_front_of(handler: Handler) -> Handler:
    async def answer(request: Request, exc: Exception) -> Response:
        plain = await handler(request, exc)
        return as_page(request, plain) if is_page(request.url.path) else plain

    return answer


def as_page(request: Request, plain: Response) -> Response:
    """The same refusal as a page: log-in for strangers, the form again for a form, else a sentence."""
    if plain.status_code == 401:
        return _to_login(request)
    said: dict[str, Any] = json.loads(bytes(plain.body))
    if said["code"] == SecondFactorFirst.code:
        return _to(request, FACTOR_PAGE)
    if said["code"] == StepUpNeeded.code:
        return _ask_proof(request, plain.status_code)
    area = "m" if request.url.path.startswith("/m") else "console"
    context = {
        "heading": _HEADINGS.get(plain.status_code, "没有成功"),
        "sentence": said["detail"],
        "code": said["code"],
        "back": _came_from(request, area),
        "nobody": True,
    }
    template = f"{area}/refused.html"
    if form := getattr(request.state, "form", None):
        template, context = form[0], {**form[1], **context, "problem": said["detail"]}
        context["errors"] = getattr(request.state, "form_errors", {})
    response = page(request, template, context, plain.status_code)
    if "Retry-After" in plain.headers:
        response.headers["Retry-After"] = plain.headers["Retry-After"]
    return response


def _came_from(request: Request, area: str) -> str:
    parts = urlsplit(request.headers.get("referer", ""))
    return own_path(parts.path + (f"?{parts.query}" if parts.query else ""), f"/{area}")


def _to_login(request: Request) -> Response:
    area = "/m" if request.url.path.startswith("/m") else "/console"
    back = here(request) if request.method == "GET" else _came_from(request, area[1:])
    return _to(request, f"{area}/login?next={quote(back, safe='')}")


def _to(request: Request, target: str) -> Response:
    if request.headers.get("hx-request"):
        return Response(status_code=204, headers={"HX-Redirect": target})
    return RedirectResponse(target, 303)


def _ask_proof(request: Request, status: int) -> Response:
    """Ask who sits there before a dangerous act; afterwards the same is sent again, or shown."""
    back = _came_from(request, "console")
    if request.headers.get("hx-request"):
        return _to(request, f"{PROOF_PAGE}?next={quote(back, safe='')}")
    is_form = request.method == "POST"
    is_file = request.url.path.endswith((".xlsx", ".pdf"))
    kept = [pair for pair in getattr(request.state, "submitted", []) if pair[0] != "form_token"]
    context = {
        "to": request.url.path if is_form else "",
        "kept": json.dumps(kept) if is_form else "",
        "next": back if is_form or is_file else here(request),
        "notice": "",
    }
    return page(request, "console/proof.html", context, status)
