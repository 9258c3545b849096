"""What is refused at the door. Every refusal is stored in the ledger with its code."""

from app.kit.errors import DomainError, Kind


class UnknownCode(DomainError):
    kind, code = Kind.NOT_FOUND, "attendance.unknown_code"
    sentence = "无法识别这个二维码，请确认扫的是基地或护照上的码。"


class NotBooked(DomainError):
    kind, code = Kind.INVALID, "attendance.not_booked"
    sentence = "{names}没有预约这里的活动，请先在“活动”里预约，或请现场老师帮忙。"


class WrongDay(DomainError):
    kind, code = Kind.INVALID, "attendance.wrong_day"
    sentence = "{names}预约的是{starts}，不是今天。"


class WrongBase(DomainError):
    kind, code = Kind.INVALID, "attendance.wrong_base"
    sentence = "{names}现在预约的是“{base}”的活动，不是这里，请到那里签到。"


class TooEarly(DomainError):
    kind, code = Kind.INVALID, "attendance.too_early"
    sentence = "还没到签到时间，{opens}开始签到。"


class TooLate(DomainError):
    kind, code = Kind.INVALID, "attendance.too_late"
    sentence = "活动已在{ended}结束，不能再签到，请联系现场老师补登。"


class NoEntryYet(DomainError):
    kind, code = Kind.INVALID, "attendance.no_entry_yet"
    sentence = "还没有这个孩子的签到记录。签退已先记下，签到补传后自动生效。"


class RefusedBefore(DomainError):
    kind, code = Kind.CONFLICT, "attendance.refused_before"
    sentence = "这一条当时没有通过，记录不能改。现在可以了，请重新点一次。"


class UndoTooLate(DomainError):
    kind, code = Kind.INVALID, "attendance.undo_too_late"
    sentence = "超过 2 分钟不能撤销，原来的登记仍然有效。要改请联系带队老师更正。"


class DoorUnknown(DomainError):
    kind, code = Kind.NOT_FOUND, "attendance.door_unknown"
    sentence = "没有这个链接，请向发链接的老师核对地址。"


class DoorRevoked(DomainError):
    kind, code = Kind.FORBIDDEN, "attendance.door_revoked"
    sentence = "这个链接已经停用，请联系发链接的老师。"


class DoorNotYet(DomainError):
    kind, code = Kind.INVALID, "attendance.door_not_yet"
    sentence = "还没到使用时间，{opens}起可以打开。"


class DoorOver(DomainError):
    kind, code = Kind.INVALID, "attendance.door_over"
    sentence = "这场活动已经结束，链接不能再用了。谢谢您的帮忙！"


class DoorWrongPin(DomainError):
    kind, code = Kind.INVALID, "attendance.door_wrong_pin"
    sentence = "密码不对，还可以试 {left} 次。"


class DoorLocked(DomainError):
    kind, code = Kind.TOO_MANY, "attendance.door_locked"
    sentence = "密码已连续输错 5 次，请 15 分钟后再试，或请老师另发一个链接。"


class DoorTaken(DomainError):
    kind, code = Kind.CONFLICT, "attendance.door_taken"
    sentence = "这个链接已经在另一台手机上使用。要换手机，请老师在管理台点“换设备”。"


class DoorReleased(DomainError):
    kind, code = Kind.UNAUTHENTICATED, "attendance.door_released"
    sentence = "这台手机不再和链接绑定，请重新输入密码，或向老师要新的链接。"


class TooManyDoorLinks(DomainError):
    kind, code = Kind.CONFLICT, "attendance.too_many_door_links"
    sentence = "一场活动最多同时有 {most} 个链接，请先停用不用的。"


class NoChoiceWaiting(DomainError):
    kind, code = Kind.INVALID, "attendance.no_choice_waiting"
    sentence = "没有等待选择的签到，请先扫码。"


class ScanAfterClosing(DomainError):
    kind, code = Kind.CONFLICT, "attendance.after_closing"
    sentence = "这个场次已经取消或关闭，不能再签到。"


class NotInside(DomainError):
    kind, code = Kind.INVALID, "attendance.not_inside"
    sentence = "{names}还没有签到，不能签退，请先签到。"


class AlreadyLeft(DomainError):
    kind, code = Kind.INVALID, "attendance.already_left"
    sentence = "{names}已在{left}签退。又回来了请先签到。"


class ClockOff(DomainError):
    kind, code = Kind.INVALID, "attendance.clock_off"
    sentence = (
        "这台设备记录的时间是{seen}，和系统时间对不上。请校准手机时间，这一条请用“更正”补登。"
    )


class NobodyCountable(DomainError):
    kind, code = Kind.INVALID, "attendance.not_begun"
    sentence = "{opens}开始签到，那时起才能清点人数。"


class CorrectionTooSoon(DomainError):
    kind, code = Kind.INVALID, "attendance.correction_too_soon"
    sentence = "这个时间不在活动当天，请检查更正的时间。"


class SecondPersonNeeded(DomainError):
    kind, code = Kind.FORBIDDEN, "attendance.second_person"
    sentence = "超过 24 小时的更正要由另一个人确认，自己不能确认自己提的更正。"


class AlreadyDecided(DomainError):
    kind, code = Kind.CONFLICT, "attendance.already_decided"
    sentence = "这一条已经处理过了。"


class LeaveNotPossible(DomainError):
    kind, code = Kind.CONFLICT, "attendance.leave_not_possible"
    sentence = "这个预约不能请假：只有已录取或缺席的场次可以，缺席的说明要在 7 天内提交。"


class CodeExpired(DomainError):
    kind, code = Kind.INVALID, "attendance.code_expired"
    sentence = "这个二维码已经换了，请直接扫屏幕上现在的码，不要用截图。"


class CodeForged(DomainError):
    kind, code = Kind.INVALID, "attendance.code_forged"
    sentence = "这不是有效的现场码，请扫屏幕上的二维码。"
