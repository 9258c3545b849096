"""Every table of the system, for Alembic."""

from app.activities import models as activities
from app.announcements import models as announcements
from app.attendance import models as attendance
from app.audit import models as audit
from app.bookings import models as bookings
from app.channels import models as channels
from app.citypack import models as citypack
from app.evaluations import models as evaluations
from app.files import models as files
from app.jobs import models as jobs
from app.kit import idempotency
from app.kit.db import Model
from app.moderation import models as moderation
from app.notifications import models as notifications
from app.orgs import models as orgs
from app.passports import models as passports
from app.people import models as people
from app.privacy import models as privacy
from app.registers import models as registers
from app.resources import models as resources
from app.rounds import models as rounds
from app.upkeep import models as upkeep

OWNERS = {
    "activities": activities,
    "announcements": announcements,
    "attendance": attendance,
    "audit": audit,
    "bookings": bookings,
    "channels": channels,
    "citypack": citypack,
    "evaluations": evaluations,
    "files": files,
    "jobs": jobs,
    "kit": idempotency,
    "moderation": moderation,
    "notifications": notifications,
    "orgs": orgs,
    "passports": passports,
    "people": people,
    "privacy": privacy,
    "registers": registers,
    "resources": resources,
    "rounds": rounds,
    "upkeep": upkeep,
}
metadata = Model.metadata
