"""Use cases of passports: issuing, stamping at the door, rule sets, levels, signatures."""

from app.passports.service.cards import print_cards
from app.passports.service.orders import order_prints, take_print
from app.passports.service.prints import print_certificate, print_passport, print_year
from app.passports.service.sheets import credit_sheet
from app.passports.service.stamping import (
    CARD_SCENE_PREFIX,
    award_stamp,
    check_in_by_scene,
    check_in_card,
    issue_passport,
    revoke_passport,
    revoke_stamp,
)

__all__ = [
    "CARD_SCENE_PREFIX",
    "award_stamp",
    "check_in_by_scene",
    "check_in_card",
    "credit_sheet",
    "issue_passport",
    "order_prints",
    "print_cards",
    "print_certificate",
    "print_passport",
    "print_year",
    "revoke_passport",
    "revoke_stamp",
    "take_print",
]
