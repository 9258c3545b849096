"""What is refused around task sheets and evaluations."""

from app.kit.errors import DomainError, Kind


class NoSheet(DomainError):
    kind, code, sentence = Kind.CONFLICT, "sheet.none", "这个活动没有任务单。"


class NotThere(DomainError):
    kind, code = Kind.CONFLICT, "sheet.not_there"
    sentence = "还没有{pupil}到场的记录，不能交任务单。确实参加了的，请老师先更正考勤。"


class SheetClosed(DomainError):
    kind, code = Kind.CONFLICT, "sheet.closed"
    sentence = "任务单 {until} 截止，已过 60 天，不再接收。"


class SheetDone(DomainError):
    kind, code = Kind.CONFLICT, "sheet.done"
    sentence = "老师已经评为“{state}”，不用再交。"


class HandedInTooOften(DomainError):
    kind, code = Kind.TOO_MANY, "sheet.too_often"
    sentence = "这份任务单已经交了 {limit} 次，请和老师联系。"


class NothingHandedIn(DomainError):
    kind, code = Kind.INVALID, "sheet.nothing"
    sentence = "请拍照上传任务单，或者填写问题，至少一样。"


class AnswerMissing(DomainError):
    kind, code, sentence = Kind.INVALID, "sheet.answer_missing", "“{label}”必须回答。"


class AnswerWrong(DomainError):
    kind, code, sentence = Kind.INVALID, "sheet.answer_wrong", "“{label}”的回答有误：{wanted}。"


class AnswersUnreadable(DomainError):
    kind, code, sentence = Kind.INVALID, "sheet.answers_unreadable", "回答的格式不对，请重新填写。"


class Superseded(DomainError):
    kind, code = Kind.CONFLICT, "sheet.superseded"
    sentence = "孩子又交了一份新的，请看最新的一份。"


class CommentMissing(DomainError):
    kind, code, sentence = Kind.INVALID, "sheet.comment_missing", "退回时请写一句要改什么。"


class NobodyExpected(DomainError):
    kind, code, sentence = Kind.CONFLICT, "sheet.nobody", "这个场次还没有可以打印任务单的孩子。"


class NotYetEvaluable(DomainError):
    kind, code = Kind.CONFLICT, "evaluation.not_there"
    sentence = "还没有到场的记录，不能评价。确实参加了的，请老师先更正考勤。"


class EvaluationClosed(DomainError):
    kind, code = Kind.CONFLICT, "evaluation.closed"
    sentence = "这个场次的评价已经结束，不能再改。"


class EvaluationOpen(DomainError):
    """Nobody answers before everybody has spoken."""

    kind, code = Kind.CONFLICT, "evaluation.open"
    sentence = "评价还没有结束，{until}以后才能回应。"


class AnsweredAlready(DomainError):
    kind, code = Kind.CONFLICT, "evaluation.answered"
    sentence = "这个场次已经回应过了，只能回应一次。"


class WrongItems(DomainError):
    kind, code = Kind.INVALID, "evaluation.items"
    sentence = "请给每一项打 1 到 5 分：{items}。"
