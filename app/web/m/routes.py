"""Which addresses make up /m?"""

from fastapi import APIRouter

from app.web.m import (
    announcements,
    answers,
    binding,
    calendar,
    check_in,
    computer,
    consents,
    evaluate,
    feeds,
    finding,
    notify_me,
    own_data,
    pages,
    passport,
    record,
    rounds,
    sheets,
    wishes,
)

router = APIRouter(prefix="/m", include_in_schema=False)
router.add_api_route("", finding.list_sessions, methods=["GET"])
router.include_router(pages.router)
router.include_router(answers.router)
router.include_router(announcements.router)
router.include_router(passport.router)
router.include_router(record.router)
router.include_router(calendar.router)
router.include_router(check_in.router)
router.include_router(binding.router)
router.include_router(consents.router)
router.include_router(feeds.router)
router.include_router(notify_me.router)
router.include_router(own_data.router)
router.include_router(rounds.router)
router.include_router(sheets.router)
router.include_router(evaluate.router)
router.include_router(computer.router)
router.include_router(wishes.router)
