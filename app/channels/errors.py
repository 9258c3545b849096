"""Refusals about accounts and the operations inbox."""

from app.kit.errors import DomainError, Kind


class AlreadyDone(DomainError):
    kind, code = Kind.CONFLICT, "channels.already_done"
    sentence = "这件事已经有人处理了，请刷新页面。"


class NothingStopped(DomainError):
    kind, code = Kind.CONFLICT, "channels.nothing_stopped"
    sentence = "这个途径现在没有停用，不用恢复。"
