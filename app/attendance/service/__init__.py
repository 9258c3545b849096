"""What happens at the door (考勤): four equal ways in, one ledger."""

from app.attendance.service.checking_in import (
    NO_PHOTO,
    answer_choice,
    check_in,
    check_in_pupil,
    refuse_unknown,
    tick_roster,
    visits_of,
)
from app.attendance.service.ledger import EVIDENCE, NO_MARK, Mark, Outcome

__all__ = [
    "EVIDENCE",
    "NO_MARK",
    "NO_PHOTO",
    "Mark",
    "Outcome",
    "answer_choice",
    "check_in",
    "check_in_pupil",
    "refuse_unknown",
    "tick_roster",
    "visits_of",
]
