"""What can be wrong with an installation, one check a function: work, messages, WeChat, log."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.kit.db import AnyRow
from app.kit.sealing import CannotUnseal, Sealer
from app.kit.settings import Settings
from app.upkeep.kinds import Condition
from app.upkeep.rules import said_age
from app.upkeep.schemas import Finding

WORKER_COMMAND = "python -m app.cli worker"
QUIET_SECONDS = 60
LATE_MINUTES = 10
EXPIRY_DAYS = 30
QUIET_DAYS = 7
SEALING_MINUTES = 10


@dataclass(frozen=True)
class Look:
    """With what a check looks; `district_id` is None for the operator, who sees all districts."""

    conn: AsyncConnection
    settings: Settings
    district_id: UUID | None

    async def row(self, sql: str, **params: Any) -> AnyRow:
        return (await self.conn.execute(text(sql), params)).one()

    async def rows(self, sql: str, **params: Any) -> list[AnyRow]:
        return list((await self.conn.execute(text(sql), params)).all())


Check = Callable[[Look], Awaitable[Finding]]


def good(name: str, sentence: str) -> Finding:
    return Finding(name=name, condition=Condition.GOOD, sentence=sentence)


def notice(name: str, sentence: str, remedy: str) -> Finding:
    return Finding(name=name, condition=Condition.NOTICE, sentence=sentence, remedy=remedy)


def trouble(name: str, sentence: str, remedy: str) -> Finding:
    return Finding(name=name, condition=Condition.TROUBLE, sentence=sentence, remedy=remedy)


async def worker(look: Look) -> Finding:
    name = "后台程序"
    remedy = f"请启动后台程序：{WORKER_COMMAND}，并设为开机自动启动。"
    row = await look.row(
        "SELECT extract(epoch FROM now() - max(beat_at))::float AS age FROM heartbeat"
    )
    if row.age is None:
        return trouble(name, "后台程序从没有运行过，消息发不出去，备份也不会做。", remedy)
    if row.age > QUIET_SECONDS:
        return trouble(name, f"后台程序已停了 {said_age(row.age)}。", remedy)
    return good(name, f"正在运行，{said_age(row.age)}前有心跳。")


async def queue(look: Look) -> Finding:
    name = "后台任务"
    row = await look.row(
        "SELECT count(*) FILTER (WHERE status IN ('failed', 'exception')) AS parked, "
        "count(*) FILTER (WHERE status = 'queued' AND execute_after < now() "
        "- make_interval(mins => :late)) AS late, "
        "coalesce(string_agg(DISTINCT entrypoint, '、') "
        "FILTER (WHERE status IN ('failed', 'exception')), '') AS names FROM pgqueuer",
        late=LATE_MINUTES,
    )
    if row.parked:
        remedy = "请把任务名称告诉技术人员，查看后台程序的日志。"
        return trouble(name, f"{row.parked} 个任务多次失败后停下了（{row.names}）。", remedy)
    if row.late:
        remedy = "请先看“后台程序”一项，再等几分钟重查。"
        return notice(name, f"{row.late} 个任务等了超过 {LATE_MINUTES} 分钟。", remedy)
    return good(name, "没有失败或积压的任务。")


async def deliveries(look: Look) -> Finding:
    name = "消息投递"
    row = await look.row(
        "SELECT count(*) FILTER (WHERE state = 'failed' AND created_at > now() - interval '7 days') "
        "AS failed, count(*) FILTER (WHERE state = 'unknown') AS unsure, "
        "extract(epoch FROM now() - min(due_at) FILTER (WHERE state IN ('pending', 'leased')))::float "
        "AS oldest FROM delivery "
        "WHERE cast(:district AS uuid) IS NULL OR district_id = cast(:district AS uuid)",
        district=look.district_id,
    )
    if row.oldest is not None and row.oldest > LATE_MINUTES * 60:
        remedy = "请先看“后台程序”和“服务号密钥”两项，再查服务器能否连上微信平台。"
        return trouble(name, f"有消息已等了 {said_age(row.oldest)}还没有发出。", remedy)
    if row.failed or row.unsure:
        remedy = "请秘书处查看投递记录，逐条核实后再决定是否重发。"
        said = f"近 7 天有 {row.failed} 条消息发送失败，{row.unsure} 条结果待核实。"
        return notice(name, said, remedy)
    return good(name, "没有失败、待核实或积压的消息。")


async def wechat_keys(look: Look) -> Finding:
    name = "服务号密钥"
    sealer = Sealer(look.settings.secret_key.get_secret_value())
    accounts = await look.rows(
        "SELECT name, sealed_secret, sealed_token, sealed_aes_key FROM channel_account "
        "WHERE cast(:district AS uuid) IS NULL OR district_id = cast(:district AS uuid)",
        district=look.district_id,
    )
    tokens = await look.rows("SELECT sealed_token FROM access_token WHERE sealed_token IS NOT NULL")
    if not accounts:
        remedy = "请按操作手册“连接真实服务号”一节登记。"
        return notice(name, "还没有登记服务号，家长收不到微信消息。", remedy)
    closed = [row.name for row in accounts if not all(_opens(sealer, one) for one in row[1:])]
    if closed or not all(_opens(sealer, row.sealed_token) for row in tokens):
        said = f"密钥解不开（{'、'.join(closed) or '微信凭证'}）：SECRET_KEY 与保存时不一致。"
        return trouble(name, said, "请恢复原来的 SECRET_KEY，或重新填写服务号密钥。")
    return good(name, f"{len(accounts)} 个账号的密钥都能打开。")


def _opens(sealer: Sealer, sealed: str) -> bool:
    try:
        sealer.unseal(sealed)
    except CannotUnseal:
        return False
    return True


async def callbacks(look: Look) -> Finding:
    name = "微信来信"
    row = await look.row(
        "SELECT extract(epoch FROM now() - max(received_at))::float AS age FROM inbound_push "
        "WHERE cast(:district AS uuid) IS NULL OR district_id = cast(:district AS uuid)",
        district=look.district_id,
    )
    remedy = "请在公众平台核对服务器地址、令牌和加解密密钥，再用手机给服务号发一句话试试。"
    if row.age is None:
        return notice(name, "近期没有收到过微信的推送。", remedy)
    if row.age > QUIET_DAYS * 86400:
        return notice(name, f"已有 {said_age(row.age)}没有收到微信的推送。", remedy)
    return good(name, f"最近一次推送在 {said_age(row.age)}前。")


async def audit_log(look: Look) -> Finding:
    """An old head is fine when nothing happened; what counts is an entry that waits for its seal."""
    name = "操作日志"
    row = await look.row(
        "SELECT extract(epoch FROM now() - min(e.at))::float AS waiting FROM audit_entry e "
        "LEFT JOIN audit_seal s ON s.district_id = e.district_id AND s.entry_id = e.id "
        "WHERE s.seq IS NULL AND e.at > now() - interval '1 day'"
    )
    if row.waiting is not None and row.waiting > SEALING_MINUTES * 60:
        remedy = "请先看“后台程序”一项；恢复后运行 python -m app.cli verify-audit 校验。"
        return trouble(name, f"有操作日志等了 {said_age(row.waiting)}还没有封存。", remedy)
    return good(name, "操作日志都已按时封存。")


async def organizations(look: Look) -> Finding:
    name = "单位有效期"
    rows = await look.rows(
        "SELECT name, valid_until < (now() AT TIME ZONE 'Asia/Shanghai')::date AS over, valid_until "
        "FROM organization WHERE state = 'active' AND valid_until < "
        "(now() AT TIME ZONE 'Asia/Shanghai')::date + cast(:days AS int) "
        "AND (cast(:district AS uuid) IS NULL OR district_id = cast(:district AS uuid)) "
        "ORDER BY valid_until LIMIT 20",
        days=EXPIRY_DAYS,
        district=look.district_id,
    )
    over = [f"{row.name}（{row.valid_until}）" for row in rows if row.over]
    soon = [f"{row.name}（{row.valid_until}）" for row in rows if not row.over]
    if over:
        remedy = "请核对协议和证照，续期后更新有效期，或暂停该单位。"
        return trouble(name, f"已过有效期仍在使用：{'、'.join(over)}。", remedy)
    if soon:
        remedy = "请提前联系单位续期。"
        return notice(name, f"{EXPIRY_DAYS} 天内到期：{'、'.join(soon)}。", remedy)
    return good(name, f"{EXPIRY_DAYS} 天内没有单位到期。")


async def papers(look: Look) -> Finding:
    """Agreements and insurances of units in use; a renewal counts, the old paper no longer."""
    name = "协议和保险"
    rows = await look.rows(
        "SELECT o.name, p.kind, max(p.valid_until) AS last, "
        "max(p.valid_until) < (now() AT TIME ZONE 'Asia/Shanghai')::date AS over "
        "FROM paper p JOIN organization o ON o.district_id = p.district_id "
        "AND o.id = p.organization_id AND o.state = 'active' "
        "WHERE p.kind IN ('agreement', 'insurance') "
        "AND (cast(:district AS uuid) IS NULL OR p.district_id = cast(:district AS uuid)) "
        "GROUP BY p.district_id, o.id, o.name, p.kind HAVING max(p.valid_until) < "
        "(now() AT TIME ZONE 'Asia/Shanghai')::date + cast(:days AS int) "
        "ORDER BY last, o.name LIMIT 20",
        days=EXPIRY_DAYS,
        district=look.district_id,
    )
    words = {"agreement": "协议", "insurance": "保险"}
    over = [f"{row.name}的{words[row.kind]}（{row.last}）" for row in rows if row.over]
    soon = [f"{row.name}的{words[row.kind]}（{row.last}）" for row in rows if not row.over]
    if over:
        remedy = "这些单位不能发布新场次。请催交续签的证照，在“资源单位”里登记。"
        return trouble(name, f"已过期：{'、'.join(over)}。", remedy)
    if soon:
        return notice(name, f"{EXPIRY_DAYS} 天内到期：{'、'.join(soon)}。", "请提前续签并登记。")
    return good(name, f"{EXPIRY_DAYS} 天内没有协议或保险到期。")
