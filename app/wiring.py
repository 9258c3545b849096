"""Event → handlers: the one table of what follows from what, inside the same transaction."""

from app.activities.events import ActivityReviewed, SeatsAdded, SessionCancelled, VisitChanged
from app.activities.notices import tell_author
from app.attendance.events import AttendanceVoided, CheckedIn, CheckedOut
from app.audit import jobs as audit_jobs
from app.bookings import jobs as booking_jobs
from app.bookings import notices as booking_notices
from app.bookings.events import (
    BookingCancelled,
    BookingConfirmed,
    BookingLapsed,
    BookingOffered,
    BookingPromoted,
    BookingWaitlisted,
    ClassBookingDue,
    ClassBookingSettled,
    ConsentAsked,
)
from app.bookings.service import on_seats_added, on_session_cancelled
from app.jobs.service import InstallationJob, Job
from app.kit.events import Wiring
from app.notifications import jobs as notification_jobs
from app.passports import jobs as passport_jobs
from app.passports.events import ArrivedWithoutStamp, LevelsReached
from app.passports.notices import tell_arrived, tell_left, tell_levels
from app.passports.service import award_stamp, revoke_stamp
from app.people import jobs as people_jobs
from app.privacy import jobs as privacy_jobs
from app.privacy.events import AccessReviewed, DataRequested, DataSettled
from app.privacy.notices import tell_requested, tell_reviewed, tell_settled
from app.resources import jobs as resource_jobs
from app.resources.events import BaseRegistered, PaperRunsOut
from app.resources.notices import warn_unit
from app.rounds import jobs as round_jobs
from app.rounds.events import RoundPublished, SwapDone
from app.rounds.notices import tell_published, tell_swapped
from app.upkeep import jobs as upkeep_jobs

WIRING: Wiring = {
    AccessReviewed: (tell_reviewed,),
    ActivityReviewed: (tell_author,),
    ArrivedWithoutStamp: (tell_arrived,),
    BaseRegistered: (resource_jobs.order_base_code,),
    BookingCancelled: (booking_notices.tell_cancelled,),
    BookingConfirmed: (booking_notices.tell_confirmed,),
    BookingLapsed: (booking_notices.tell_lapsed,),
    BookingOffered: (booking_notices.tell_offered,),
    BookingPromoted: (booking_notices.tell_promoted,),
    BookingWaitlisted: (booking_notices.tell_waitlisted,),
    ClassBookingDue: (booking_notices.tell_class_due,),
    ClassBookingSettled: (booking_notices.tell_class_settled,),
    AttendanceVoided: (revoke_stamp,),
    CheckedIn: (award_stamp,),
    ConsentAsked: (booking_notices.tell_consent_asked,),
    CheckedOut: (tell_left,),
    DataRequested: (tell_requested,),
    DataSettled: (tell_settled,),
    LevelsReached: (tell_levels,),
    PaperRunsOut: (warn_unit,),
    RoundPublished: (tell_published,),
    SeatsAdded: (on_seats_added,),
    SessionCancelled: (on_session_cancelled,),
    SwapDone: (tell_swapped,),
    VisitChanged: (booking_notices.tell_changed,),
}
JOBS: tuple[Job, ...] = (
    *audit_jobs.JOBS,
    *booking_jobs.JOBS,
    *notification_jobs.JOBS,
    *passport_jobs.JOBS,
    *people_jobs.JOBS,
    *privacy_jobs.JOBS,
    *resource_jobs.JOBS,
    *round_jobs.JOBS,
)
INSTALLATION_JOBS: tuple[InstallationJob, ...] = (
    *passport_jobs.INSTALLATION_JOBS,
    *upkeep_jobs.JOBS,
)
