"""Which routes make up /v1?"""

from fastapi import APIRouter

from app.activities.routes import router as activities
from app.activities.visit_routes import router as visits
from app.announcements.column_routes import router as column
from app.announcements.routes import router as announcements
from app.attendance.door_routes import router as doors
from app.attendance.routes import router as attendance
from app.audit.routes import router as audit
from app.bookings.class_routes import router as class_bookings
from app.bookings.routes import router as bookings
from app.channels.routes import router as channels
from app.citypack.routes import router as citypack
from app.evaluations.routes import router as evaluations
from app.jobs.routes import router as jobs
from app.moderation.routes import router as moderation
from app.notifications.routes import router as notifications
from app.orgs.routes import router as orgs
from app.passports.routes import router as passports
from app.people.account_routes import router as accounts
from app.people.routes import router as people
from app.privacy.routes import router as privacy
from app.registers.routes import router as registers
from app.resources.need_routes import router as needs
from app.resources.routes import router as resources
from app.rounds.routes import router as rounds
from app.upkeep.routes import router as upkeep

PROBLEMS = (400, 401, 403, 404, 409, 422, 429, 503)
_PROBLEM = {
    "description": "RFC 9457 problem+json，code 为固定的错误代码，detail 为中文说明",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}

v1 = APIRouter(prefix="/v1", responses=dict.fromkeys(PROBLEMS, _PROBLEM))
# Routes are matched one after the other: what a thousand phones call at once comes first.
for router in (
    bookings,
    class_bookings,
    passports,
    attendance,
    doors,
    activities,
    visits,
    evaluations,
    rounds,
    people,
    accounts,
    moderation,
    notifications,
    orgs,
    resources,
    needs,
    announcements,
    column,
    citypack,
    registers,
    privacy,
    channels,
    jobs,
    audit,
    upkeep,
):
    v1.include_router(router)
