"""Which addresses make up /console? The fixed ones come before those with an id in them."""

from fastapi import APIRouter

from app.web.console import (
    account,
    activity_dates,
    activity_forms,
    activity_pages,
    activity_questions,
    announcement_pages,
    api_keys,
    booking_rule_pages,
    city_pages,
    class_booking_pages,
    class_pages,
    column_pages,
    consent_pages,
    delegation_pages,
    door_link_pages,
    door_pages,
    evaluation_pages,
    feed_pages,
    invitation,
    login,
    mentor_pages,
    moderation_pages,
    need_pages,
    operation_pages,
    org_pages,
    pages,
    print_pages,
    promotion_pages,
    pupil_pages,
    roster_pages,
    round_pages,
    rule_pages,
    scan,
    session_settings,
    sheet_pages,
    stamp_look_pages,
    submission_pages,
    system_pages,
    term_pages,
    unit_pages,
    unreached_pages,
)
from app.web.console.editing import add_editor
from app.web.console.editors import EDITORS
from app.web.console.editors_privacy import INCIDENT
from app.web.console.editors_resources import RESOURCES
from app.web.console.editors_rounds import ROUND
from app.web.console.lists import add_listing, keep_purpose
from app.web.console.screens import LISTINGS

router = APIRouter(prefix="/console", include_in_schema=False)
router.include_router(login.router)
for part in (scan, account, invitation, api_keys):
    router.include_router(part.router)
router.include_router(pages.router)
router.include_router(print_pages.router)
router.include_router(city_pages.router)
router.include_router(announcement_pages.router)
router.include_router(column_pages.router)
router.include_router(system_pages.router)
router.include_router(operation_pages.router)
router.include_router(unreached_pages.router)
router.include_router(delegation_pages.router)
router.include_router(door_pages.router)
router.include_router(feed_pages.router)
router.include_router(promotion_pages.router)
router.add_api_route("", pages.home, methods=["GET"])
router.add_api_route("/purpose", keep_purpose, methods=["POST"])
router.include_router(roster_pages.router)
router.include_router(unit_pages.router)
router.include_router(stamp_look_pages.router)
router.include_router(need_pages.router)
router.include_router(mentor_pages.router)
router.include_router(activity_forms.router)
router.include_router(activity_questions.router)
router.include_router(activity_dates.router)
router.include_router(session_settings.router)
router.include_router(sheet_pages.router)
router.include_router(submission_pages.router)
router.include_router(evaluation_pages.router)
router.include_router(moderation_pages.router)
router.include_router(door_link_pages.router)
router.include_router(booking_rule_pages.router)
for listing in LISTINGS:
    add_listing(router, listing)
for editor in (*EDITORS, *RESOURCES, INCIDENT, ROUND):
    add_editor(router, editor)
for own_page in (
    activity_pages,
    class_booking_pages,
    class_pages,
    consent_pages,
    org_pages,
    pupil_pages,
    round_pages,
    rule_pages,
    term_pages,
):
    router.include_router(own_page.router)
