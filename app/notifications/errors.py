"""Refusals about messages."""

from app.kit.errors import DomainError, Kind


class NotMutable(DomainError):
    kind, code = Kind.INVALID, "notifications.not_mutable"
    sentence = "到达、离开和取消关系到孩子的安全，不能关闭；其他通知可以。"
