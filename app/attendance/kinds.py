"""Closed lists of the door."""

from app.kit.states import StoredEnum


class Way(StoredEnum):
    """The four equal ways in: staff scans the card, guardian scans, roster tick, pupil scans."""

    CARD = "card"
    GUARDIAN = "guardian"
    PUPIL = "pupil"
    ROSTER = "roster"
