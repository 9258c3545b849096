"""Pure rules of the passport."""

from app.activities.kinds import EvidenceGrade

_ORDER = {EvidenceGrade.A: 3, EvidenceGrade.B: 2, EvidenceGrade.C: 1}


def good_enough(evidence: EvidenceGrade, needed: EvidenceGrade) -> bool:
    """A is best; a stamp needs evidence at least as good as the activity asks for."""
    return _ORDER[evidence] >= _ORDER[needed]


def passport_number(district_code: str, serial: int) -> str:
    """`NY-000123`: the district's code and a running number, printed on paper and screen alike."""
    return f"{district_code.upper()}-{serial:06d}"
