"""The platform tells the account's owner something: it lands in the operations inbox."""

from app.channels.kinds import ItemKind
from app.channels.service.operations import note
from app.kit.clock import platform_time
from wechat import replies
from wechat.events import moment_of
from wechat.turn import Turn

# Event → what it is about, and how it is said.
NOTICES: dict[str, tuple[ItemKind, str]] = {
    "annual_renew": (ItemKind.ACCOUNT_VERIFY, "认证快到期，需要年审"),
    "naming_verify_fail": (ItemKind.ACCOUNT_VERIFY, "名称认证没有通过"),
    "naming_verify_success": (ItemKind.ACCOUNT_VERIFY, "名称认证通过"),
    "qualification_verify_fail": (ItemKind.ACCOUNT_VERIFY, "资质认证没有通过"),
    "qualification_verify_success": (ItemKind.ACCOUNT_VERIFY, "资质认证通过"),
    "verify_expired": (ItemKind.ACCOUNT_VERIFY, "认证已过期"),
    "weapp_audit_delay": (ItemKind.MINIPROGRAM_REVIEW, "小程序审核延后"),
    "weapp_audit_fail": (ItemKind.MINIPROGRAM_REVIEW, "小程序审核没有通过"),
    "weapp_audit_success": (ItemKind.MINIPROGRAM_REVIEW, "小程序审核通过"),
    "wxa_appeal_record": (ItemKind.ACCOUNT_RESTRICTED, "申诉有结果"),
    "wxa_category_audit": (ItemKind.MINIPROGRAM_REVIEW, "类目审核有结果"),
    "wxa_illegal_record": (ItemKind.ACCOUNT_RESTRICTED, "小程序有违规记录"),
    "wxa_nickname_audit": (ItemKind.MINIPROGRAM_REVIEW, "小程序名称审核有结果"),
    "wxa_privacy_apply": (ItemKind.MINIPROGRAM_REVIEW, "隐私接口申请有结果"),
    "wxa_punish_event": (ItemKind.ACCOUNT_RESTRICTED, "小程序受到处罚"),
    "punish_event": (ItemKind.ACCOUNT_RESTRICTED, "账号受到处罚"),
    "violation_event": (ItemKind.ACCOUNT_RESTRICTED, "账号有违规记录"),
}
_REASONS = ("Reason", "FailReason", "reason", "illegal_reason", "punish_reason")
_MOMENTS = ("ExpiredTime", "FailTime", "SuccTime", "DelayTime")


async def note_notice(turn: Turn) -> str:
    """One line with what the platform says about it: a reason, and the day it is about."""
    name = turn.push.name.removeprefix("event.")
    kind, words = NOTICES[name]
    reason = next((found for key in _REASONS if (found := turn.push.text(key))), "")
    when = next((at for key in _MOMENTS if (at := moment_of(turn.push.text(key)))), None)
    detail = "，".join(
        part for part in (words, f"时间 {platform_time(when)}" if when else "", reason) if part
    )
    account = turn.account.name
    await note(turn.ctx.conn, turn.ctx.district_id, kind, f"{account} {name}", detail)
    return replies.NOTHING
