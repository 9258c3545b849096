"""Which visit earns a stamp, and what is a passport's number?"""

from app.activities.kinds import EvidenceGrade
from app.attendance.events import CheckedIn
from app.kit.clock import platform_time


def stamp_fields(fact: CheckedIn) -> dict[str, str]:
    """What the family reads about a visit; the number of stamps is counted by the statement."""
    return {
        "pupil": fact.pupil_name,
        "title": fact.title,
        "place": fact.base_name,
        "time": platform_time(fact.arrived_at),
    }


_ORDER = {EvidenceGrade.A: 3, EvidenceGrade.B: 2, EvidenceGrade.C: 1}


def good_enough(evidence: EvidenceGrade, needed: EvidenceGrade) -> bool:
    """A is best; a stamp needs evidence at least as good as the activity asks for."""
    return _ORDER[evidence] >= _ORDER[needed]


def passport_number(district_code: str, serial: int) -> str:
    """`NY-000123`: the district's code and a running number, printed on paper and screen alike."""
    return f"{district_code.upper()}-{serial:06d}"
