"""Closed lists of the door."""

from app.kit.states import StoredEnum


class Way(StoredEnum):
    """The four equal ways in: staff scans the card, guardian scans, roster tick, pupil scans.

    A correction is a counter-entry: the ledger is never rewritten.
    """

    CARD = "card"
    GUARDIAN = "guardian"
    PUPIL = "pupil"
    ROSTER = "roster"
    CORRECTION = "correction"


class Distance(StoredEnum):
    """How far from the base a phone says it is: within 1 km, within 5 km, farther.

    The phone reckons it; where it is stays there. Maps here and phones differ by half
    a kilometre (GCJ-02 against WGS-84), hence no finer band.
    """

    AWAY = "away"
    FAR = "far"
    NEAR = "near"


class What(StoredEnum):
    """What a line of the ledger says: came in, went out, or "all before this was wrong"."""

    IN = "in"
    OUT = "out"
    VOID = "void"


# Staff saw the child; the others are told by whoever holds the phone.
STAFF_WAYS = (Way.CARD, Way.ROSTER, Way.CORRECTION)


class CorrectionWhat(StoredEnum):
    """What a correction says: came after all, was not there, left at that time."""

    CAME = "came"
    NOT_CAME = "not_came"
    LEFT = "left"


class DecisionState(StoredEnum):
    """待第二人确认, 已生效, 未同意."""

    PENDING = "pending"
    APPLIED = "applied"
    DECLINED = "declined"
