"""Under which address does a browser find a style sheet, so that it may keep it for a year?

Every file of `static/` is served as `name.<hash of its content>.suffix`; the vendored
ones already lie there under such names, listed in `static/vendor/manifest.json`.
"""

import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

log = structlog.get_logger()
STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"
_HASHED = re.compile(r"^(?P<stem>[a-z0-9_-]+)\.[0-9a-f]{12}\.(?P<suffix>css|js|svg)$")
_NAMED = re.compile(r"asset\('([^']+)'\)")
_YEAR = "public, max-age=31536000, immutable"


def _vendored() -> dict[str, str]:
    manifest = STATIC / "vendor" / "manifest.json"
    if not manifest.exists():
        log.error("web_assets_missing", remedy="python -m app.dev.assets")
        return {}
    files: dict[str, str] = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    return {name: f"/static/vendor/{hashed}" for name, hashed in files.items()}


def _own() -> dict[str, str]:
    found = {}
    for path in STATIC.glob("*.*"):
        mark = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        found[path.name] = f"/static/{path.stem}.{mark}{path.suffix}"
    return found


class Assets:
    """Names in templates → addresses; read once a process."""

    def __init__(self) -> None:
        self._urls = {**_vendored(), **_own()}

    def __call__(self, name: str) -> str:
        return self._urls.get(name, f"/static/vendor/{name}")


@cache
def asset_list(template: str) -> list[str]:
    """The addresses of everything that this template loads by itself."""
    source = (TEMPLATES / template).read_text(encoding="utf-8")
    assets = Assets()
    return [assets(name) for name in _NAMED.findall(source)]


class KeptFiles(StaticFiles):
    """Static files; those asked for under a hashed name may be kept for a year."""

    def lookup_path(self, path: str) -> tuple[str, Any]:
        found = super().lookup_path(path)
        if found[1] is None and (match := _HASHED.match(path)):
            return super().lookup_path(f"{match['stem']}.{match['suffix']}")
        return found

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        kept = _HASHED.match(path.rpartition("/")[2]) and response.status_code in {200, 304}
        response.headers["Cache-Control"] = _YEAR if kept else "no-cache"
        return response
