"""How does a page come to be: which words, addresses and tokens may a template use?"""

import hashlib
import hmac
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.templating import Jinja2Templates
from starlette.responses import Response

from app.kit import cookies
from app.kit.clock import SCHOOL_TIME, say_moment
from app.web import labels
from app.web.assets import Assets

templates = Jinja2Templates(Path(__file__).parent / "templates")
templates.env.globals["asset"] = Assets()
templates.env.filters["moment"] = say_moment
# The end of a day is said as its last minute: nobody reads 00:00 as the day before.
templates.env.filters["last_moment"] = lambda moment: say_moment(moment - timedelta(minutes=1))
templates.env.filters["grades"] = labels.say_grades
templates.env.filters["until"] = labels.say_span
templates.env.filters["ago"] = labels.say_ago
templates.env.filters["clock"] = lambda moment: f"{moment.astimezone(SCHOOL_TIME):%H:%M}"
templates.env.filters["local_input"] = lambda moment: (
    moment.astimezone(SCHOOL_TIME).strftime("%Y-%m-%dT%H:%M") if moment else ""
)

NOTICE, ANONYMOUS = "notice", "form"
PAGES = ("/console", "/m")
LONGEST_NEXT = 800


def is_page(path: str) -> bool:
    """Whether people with a browser ask here, and want pages instead of JSON."""
    return any(path == start or path.startswith(f"{start}/") for start in PAGES)


def own_path(given: str | None, otherwise: str) -> str:
    """A path of our own pages, or the other one: nobody is sent away by a crafted link."""
    if not given or len(given) > LONGEST_NEXT or not given.isprintable() or "\\" in given:
        return otherwise
    parts = urlsplit(given)
    return given if not parts.scheme and not parts.netloc and is_page(parts.path) else otherwise


def form_token(request: Request) -> str:
    """Ties a form to this browser's login (or, before it, to a random cookie)."""
    bound_to = cookies.read_cookie(request, cookies.LOGIN)
    bound_to = bound_to or cookies.read_cookie(request, ANONYMOUS) or ""
    key = request.app.state.settings.secret_key.get_secret_value()
    return hmac.new(f"form:{key}".encode(), bound_to.encode(), hashlib.sha256).hexdigest()[:32]


def page(request: Request, name: str, context: dict[str, Any], status: int = 200) -> HTMLResponse:
    """Render a template; nothing of it is kept by caches, a notice is shown once."""
    notice = cookies.read_cookie(request, NOTICE)
    shared = {
        "form_token": form_token(request),
        "notice": unquote(notice) if notice else "",
        "here": here(request),
    }
    response = templates.TemplateResponse(request, name, {**shared, **context}, status)
    if notice:
        cookies.drop_cookie(request, response, NOTICE)
    return response


def here(request: Request) -> str:
    """Path and query of this page."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def send_to(request: Request, path: str, notice: str = "") -> Response:
    """After a change: look at the result with a fresh GET, with a sentence on top of it."""
    response = RedirectResponse(path, 303)
    if notice:
        cookies.put_cookie(request, response, NOTICE, quote(notice[:300]), 60)
    return response
