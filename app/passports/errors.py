"""What passports refuse."""

from app.kit.errors import DomainError, Kind


class AlreadyHasPassport(DomainError):
    kind, code = Kind.CONFLICT, "passport.already_issued"
    sentence = "这名学生已有有效的护照；如遗失请先挂失再补发。"


class RevokedCard(DomainError):
    kind, code, sentence = Kind.INVALID, "passport.revoked", "这本护照已挂失，请使用新的护照。"
