"""Pure rules of the passport: stamps, credit, levels, rule sets that come built in, signatures."""

from app.passports.rules.stamping import good_enough, passport_number, stamp_fields

__all__ = ["good_enough", "passport_number", "stamp_fields"]
