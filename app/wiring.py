"""Event → handlers: the one table of what follows from what, inside the same transaction."""

from app.activities.events import (
    ActivityPublished,
    ActivityReviewed,
    MentorAnswered,
    MentorInvited,
    SeatsAdded,
    SessionCancelled,
    SheetReviewed,
    VisitChanged,
)
from app.activities.notices import tell_asker, tell_author, tell_mentor
from app.activities.service.visits import on_visit_cancelled, on_visit_changed
from app.announcements import jobs as announcement_jobs
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
from app.bookings.service import on_activity_published, on_seats_added, on_session_cancelled
from app.citypack.events import ObjectionSettled, PublicityOpened
from app.citypack.notices import tell_opened
from app.citypack.notices import tell_settled as tell_objection
from app.evaluations import jobs as evaluation_jobs
from app.evaluations.events import EvaluationsAsked, ScoredLow, SheetsDue
from app.evaluations.notices import tell_asked, tell_due, tell_low, tell_sheet
from app.jobs.service import InstallationJob, Job
from app.kit.events import Wiring
from app.moderation import jobs as moderation_jobs
from app.moderation.events import TextTurnedDown
from app.moderation.notices import tell_author_of_text
from app.notifications import jobs as notification_jobs
from app.passports import jobs as passport_jobs
from app.passports.events import ArrivedWithoutStamp, LevelsReached
from app.passports.notices import tell_arrived, tell_left, tell_levels
from app.passports.service import award_stamp, credit_sheet, revoke_stamp
from app.people import jobs as people_jobs
from app.privacy import jobs as privacy_jobs
from app.privacy.events import AccessReviewed, DataRequested, DataSettled
from app.privacy.notices import tell_requested, tell_reviewed, tell_settled
from app.resources import jobs as resource_jobs
from app.resources.events import BaseRegistered, NeedDue, PaperRunsOut, VisitNews
from app.resources.notices import remind_school, tell_visit, warn_unit
from app.rounds import jobs as round_jobs
from app.rounds.events import RoundPublished, SwapDone
from app.rounds.notices import tell_published, tell_swapped
from app.upkeep import jobs as upkeep_jobs

WIRING: Wiring = {
    AccessReviewed: (tell_reviewed,),
    ActivityPublished: (on_activity_published,),
    ActivityReviewed: (tell_author,),
    ArrivedWithoutStamp: (tell_arrived,),
    BaseRegistered: (resource_jobs.order_base_code,),
    BookingCancelled: (booking_notices.tell_cancelled,),
    BookingConfirmed: (booking_notices.tell_booked,),
    BookingLapsed: (booking_notices.tell_lapsed,),
    BookingOffered: (booking_notices.tell_offered,),
    BookingPromoted: (booking_notices.tell_promoted,),
    BookingWaitlisted: (booking_notices.tell_booked,),
    ClassBookingDue: (booking_notices.tell_class_due,),
    ClassBookingSettled: (booking_notices.tell_class_settled,),
    AttendanceVoided: (revoke_stamp,),
    CheckedIn: (award_stamp,),
    ConsentAsked: (booking_notices.tell_booked,),
    CheckedOut: (tell_left,),
    DataRequested: (tell_requested,),
    DataSettled: (tell_settled,),
    LevelsReached: (tell_levels,),
    MentorAnswered: (tell_asker,),
    MentorInvited: (tell_mentor,),
    NeedDue: (remind_school,),
    ObjectionSettled: (tell_objection,),
    PaperRunsOut: (warn_unit,),
    PublicityOpened: (tell_opened,),
    RoundPublished: (tell_published,),
    ScoredLow: (tell_low,),
    SeatsAdded: (on_seats_added,),
    SessionCancelled: (on_session_cancelled, on_visit_cancelled),
    SheetReviewed: (credit_sheet, tell_sheet),
    SheetsDue: (tell_due,),
    EvaluationsAsked: (tell_asked,),
    SwapDone: (tell_swapped,),
    TextTurnedDown: (tell_author_of_text,),
    VisitChanged: (booking_notices.tell_changed, on_visit_changed),
    VisitNews: (tell_visit,),
}
JOBS: tuple[Job, ...] = (
    *announcement_jobs.JOBS,
    *audit_jobs.JOBS,
    *booking_jobs.JOBS,
    *evaluation_jobs.JOBS,
    *moderation_jobs.JOBS,
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
