"""How does a use case refuse? With a kind, a permanent code and parameters, never with HTTP."""

from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """What sort of refusal it is; the edges translate it into a status."""

    NOT_FOUND = "not_found"
    FORBIDDEN = "forbidden"
    INVALID = "invalid"
    CONFLICT = "conflict"
    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"
    UNAUTHENTICATED = "unauthenticated"


class DomainError(Exception):
    """A refusal that a person will read.

    `code` never changes once published; `sentence` is the Chinese text, with
    `{name}` places filled from `params`.
    """

    kind: ClassVar[Kind] = Kind.INVALID
    code: ClassVar[str] = "kit.refused"
    sentence: ClassVar[str] = "操作没有成功。"

    def __init__(self, **params: object) -> None:
        super().__init__(self.code)
        self.params = params

    def text(self) -> str:
        """The sentence for the person concerned."""
        return self.sentence.format(**self.params)


def all_errors() -> list[type[DomainError]]:
    """Every refusal the imported packages declare, by code."""
    found: list[type[DomainError]] = []
    queue: list[type[DomainError]] = [DomainError]
    while queue:
        for cls in queue.pop().__subclasses__():
            queue.append(cls)
            found.append(cls)
    return sorted(found, key=lambda cls: cls.code)


class NotFound(DomainError):
    """Absent, or not the actor's to see: the answer is the same."""

    kind, code, sentence = Kind.NOT_FOUND, "kit.not_found", "没有找到，或者您无权查看。"


class Forbidden(DomainError):
    kind, code, sentence = Kind.FORBIDDEN, "kit.forbidden", "您的身份不能进行这项操作。"


class Unauthenticated(DomainError):
    kind, code, sentence = Kind.UNAUTHENTICATED, "kit.unauthenticated", "请先登录。"


class Stale(DomainError):
    """`If-Match` named an older version: somebody else changed the row meanwhile."""

    kind, code, sentence = Kind.CONFLICT, "kit.stale", "内容已被他人修改，请刷新后再试。"


class Duplicate(DomainError):
    """A unique rule of the database refused a second one."""

    kind, code, sentence = Kind.CONFLICT, "kit.duplicate", "已经有一条相同的记录。"


class BrokenReference(DomainError):
    kind, code, sentence = Kind.INVALID, "kit.broken_reference", "所选的对象不存在或不属于本学区。"


class BrokenRule(DomainError):
    """A check of the database refused the values: the last wall behind the services' own rules."""

    kind, code, sentence = Kind.INVALID, "kit.broken_rule", "填写的内容互相矛盾，请检查后再提交。"


class BadCursor(DomainError):
    kind, code, sentence = Kind.INVALID, "kit.bad_cursor", "翻页标记无效，请从第一页重新查看。"


class OtherBody(DomainError):
    """The same Idempotency-Key came with another request."""

    kind, code = Kind.INVALID, "kit.idempotency_other_body"
    sentence = "同一个提交编号对应了不同的内容，请刷新页面后重新提交。"


class Unavailable(DomainError):
    kind, code, sentence = Kind.UNAVAILABLE, "kit.unavailable", "系统正忙，请稍后再试。"
