"""Pure rules of moderation: what does the list of words say to a text?"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.moderation.kinds import TextState, WordEffect

CHECKABLE_FOR = timedelta(hours=2)
# A few that no school wants to read; each district adds its own.
BUILT_IN = (
    ("傻逼", WordEffect.REFUSE),
    ("操你", WordEffect.REFUSE),
    ("去死", WordEffect.REFUSE),
    ("加微信", WordEffect.LOOK),
    ("返利", WordEffect.LOOK),
    ("代写", WordEffect.LOOK),
)
# Numbers that may be a telephone, an identity card or an account.
_LONG_NUMBER = re.compile(r"\d{7,}")
NUMBER_REASON = "有一长串数字，可能是电话或证件号"


@dataclass(frozen=True)
class Judged:
    """What the list says: refused at once, or why a person should look; neither means clean."""

    refused: bool = False
    reason: str = ""


def flat(said: str) -> str:
    """As words are compared: full-width as narrow, small letters, without spaces, signs and marks."""
    plain = unicodedata.normalize("NFKC", said).casefold()
    return "".join(sign for sign in plain if unicodedata.category(sign)[0] in "LN")


def judge(said: str, words: Iterable[tuple[str, WordEffect]]) -> Judged:
    """Spaces and signs between the characters hide nothing. The strictest word decides."""
    text = flat(said)
    found = [(word, effect) for word, effect in words if word and word in text]
    if any(effect is WordEffect.REFUSE for _, effect in found):
        return Judged(refused=True)
    if found:
        return Judged(reason=f"有“{found[0][0]}”")
    return Judged(reason=NUMBER_REASON if _LONG_NUMBER.search(text) else "")


def first_state(
    judged: Judged, seen_at: datetime | None, now: datetime
) -> tuple[TextState, datetime | None]:
    """Where a text that is not refused begins, and until when an outside checker may be asked.

    The platform checks only what somebody wrote who was in the mini-program within two hours;
    everything else, and everything the list found, a person reads.
    """
    until = seen_at + CHECKABLE_FOR if seen_at is not None else None
    if judged.reason or until is None or until <= now:
        return TextState.PERSON, None
    return TextState.WAITING, until
