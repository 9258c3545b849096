"""What moderation refuses."""

from app.kit.errors import DomainError, Kind


class TextRefused(DomainError):
    kind, code = Kind.INVALID, "moderation.refused"
    sentence = "文字里有不能发表的内容，请改一改再提交。"


class TextSettled(DomainError):
    kind, code = Kind.CONFLICT, "moderation.settled"
    sentence = "这段文字已经有人处理过了。"


class OwnText(DomainError):
    kind, code = Kind.CONFLICT, "moderation.own_text"
    sentence = "自己写的文字要请别人审核。"


class WordTooShort(DomainError):
    kind, code = Kind.INVALID, "moderation.word_too_short"
    sentence = "词太短了，去掉空格和标点后至少 2 个字。"
