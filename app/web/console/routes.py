"""Which addresses make up /console? The fixed ones come before those with an id in them."""

from fastapi import APIRouter

from app.web.console import account, activity_pages, api_keys, invitation, login, pages, scan
from app.web.console.editing import add_editor
from app.web.console.editors import EDITORS
from app.web.console.lists import add_listing, keep_purpose
from app.web.console.screens import LISTINGS

router = APIRouter(prefix="/console", include_in_schema=False)
router.include_router(login.router)
for part in (scan, account, invitation, api_keys):
    router.include_router(part.router)
router.include_router(pages.router)
router.add_api_route("", pages.home, methods=["GET"])
router.add_api_route("/purpose", keep_purpose, methods=["POST"])
for listing in LISTINGS:
    add_listing(router, listing)
for editor in EDITORS:
    add_editor(router, editor)
router.include_router(activity_pages.router)
