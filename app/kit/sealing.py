"""How are platform secrets kept in the database without being readable in a dump?"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken

from app.kit.errors import DomainError, Kind


class CannotUnseal(DomainError):
    """SECRET_KEY is not the one these secrets were sealed with."""

    kind, code = Kind.UNAVAILABLE, "kit.cannot_unseal"
    sentence = "服务号密钥无法解密：SECRET_KEY 与保存时不一致，请联系管理员重新填写密钥。"


class Sealer:
    """Seals and unseals short secrets with a key derived from the installation's SECRET_KEY."""

    def __init__(self, secret_key: str) -> None:
        derived = hashlib.sha256(b"wuchuang-sealing:" + secret_key.encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def seal(self, plain: str) -> str:
        return self._fernet.encrypt(plain.encode()).decode()

    def unseal(self, sealed: str, seconds: int | None = None) -> str:
        """What was sealed; with `seconds`, only if that was not longer ago."""
        try:
            return self._fernet.decrypt(sealed.encode(), seconds).decode()
        except InvalidToken as exc:
            raise CannotUnseal from exc
