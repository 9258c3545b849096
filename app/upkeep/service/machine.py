"""What can be wrong below the application: database, disks, clock, certificate, backup, settings."""

import asyncio
import shutil
import ssl
import time
from pathlib import Path
from urllib.parse import urlsplit

from app.kit.clock import say_moment
from app.kit.settings import DEFAULT_SECRET
from app.upkeep.rules import said_age
from app.upkeep.schemas import Finding
from app.upkeep.service.checks import Look, good, notice, trouble
from app.upkeep.service.link import newest_revision

OLDEST_POSTGRES = 15
NEARLY_FULL, FULL = 80, 95
HOUR, DAY = 3600, 86400
_LAST = """
SELECT extract(epoch FROM now() - max(started_at) FILTER (WHERE ok))::float AS good_age,
  (array_agg(ok ORDER BY started_at DESC))[1] AS ok,
  (array_agg(sentence ORDER BY started_at DESC))[1] AS sentence,
  max(started_at) AS at
FROM upkeep_report WHERE kind = :kind
"""


async def database(look: Look) -> Finding:
    name = "数据库"
    row = await look.row("SELECT current_setting('server_version_num')::int / 10000 AS major")
    if row.major < OLDEST_POSTGRES:
        remedy = f"请升级到 PostgreSQL {OLDEST_POSTGRES} 或更高版本。"
        return trouble(name, f"PostgreSQL {row.major} 太旧。", remedy)
    return good(name, f"PostgreSQL {row.major}，连接正常。")


async def shape(look: Look) -> Finding:
    name = "数据库结构"
    row = await look.row("SELECT version_num AS found FROM alembic_version")
    if row.found != newest_revision():
        said = f"结构是 {row.found}，软件需要 {newest_revision()}。"
        return trouble(name, said, "请运行 python -m app.cli migrate，再重启网站和后台程序。")
    return good(name, f"已是最新（{row.found}）。")


async def durability(look: Look) -> Finding:
    name = "断电保护"
    row = await look.row(
        "SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS pages, "
        "current_setting('synchronous_commit') AS commits"
    )
    if "off" in (row.fsync, row.pages, row.commits):
        remedy = (
            "请在数据库设置里打开 fsync、full_page_writes 和 synchronous_commit，再重启数据库。"
        )
        return trouble(name, "数据库的写盘保证被关掉了，断电会丢数据。", remedy)
    return good(name, "写盘保证都已打开。")


async def clock(look: Look) -> Finding:
    name = "时钟"
    row = await look.row("SELECT extract(epoch FROM clock_timestamp())::float AS there")
    apart = abs(time.time() - row.there)
    remedy = "请在两台机器上打开自动对时（NTP）。"
    if apart > 60:
        return trouble(name, f"本机与数据库相差 {said_age(apart)}。", remedy)
    if apart > 2:
        return notice(name, f"本机与数据库相差 {said_age(apart)}。", remedy)
    return good(name, "本机与数据库的时间一致。")


async def disks(look: Look) -> Finding:
    """The backup folder's disk, and the database's when it lies on this machine."""
    name = "磁盘空间"
    row = await look.row("SELECT setting AS folder FROM pg_settings WHERE name = 'data_directory'")
    folders = {"备份": _existing(look.settings.backup_dir)}
    if row.folder and _is_visible(Path(row.folder)):
        folders["数据库"] = Path(row.folder)
    used = {word: _percent(folder) for word, folder in folders.items()}
    said = "，".join(f"{word}所在磁盘已用 {percent}%" for word, percent in used.items()) + "。"
    remedy = "请清理磁盘或换更大的磁盘；满了以后预约和签到都会停。"
    if max(used.values()) >= FULL:
        return trouble(name, said, remedy)
    if max(used.values()) >= NEARLY_FULL:
        return notice(name, said, remedy)
    return good(name, said)


def _existing(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that is already there."""
    folder = folder.absolute()
    return next(place for place in (folder, *folder.parents) if _is_visible(place))


def _is_visible(folder: Path) -> bool:
    try:
        return folder.is_dir()
    except OSError:
        return False


def _percent(folder: Path) -> int:
    usage = shutil.disk_usage(folder)
    return round(100 * usage.used / usage.total)


async def backups(look: Look) -> Finding:
    name = "备份"
    row = await look.row(_LAST, kind="backup")
    remedy = "请运行 python -m app.cli backup，按提示处理，并确认后台程序在运行。"
    if row.at is None:
        return trouble(name, "还没有做过备份。", remedy)
    if not row.ok:
        return trouble(name, f"{say_moment(row.at)} {row.sentence}", "")
    if row.good_age > DAY:
        return trouble(name, f"最近一次备份在 {said_age(row.good_age)}前。", remedy)
    if row.good_age > 2 * HOUR:
        return notice(name, f"最近一次备份在 {said_age(row.good_age)}前。", remedy)
    if not look.settings.backup_key.get_secret_value():
        remedy = "请设置 BACKUP_KEY，并把密钥抄在纸上另存一处。"
        return notice(name, f"{said_age(row.good_age)}前做过备份，但备份没有加密。", remedy)
    return good(name, f"最近一次备份在 {said_age(row.good_age)}前，已加密。")


async def drills(look: Look) -> Finding:
    name = "恢复演练"
    row = await look.row(_LAST, kind="drill")
    remedy = "请运行 python -m app.cli drill，按提示处理。"
    if row.at is None:
        return notice(name, "还没有做过恢复演练。", remedy)
    if not row.ok:
        return trouble(name, f"{say_moment(row.at)} {row.sentence}", "")
    if row.good_age > 15 * DAY:
        return trouble(name, f"最近一次演练在 {said_age(row.good_age)}前。", remedy)
    if row.good_age > 8 * DAY:
        return notice(name, f"最近一次演练在 {said_age(row.good_age)}前。", remedy)
    return good(name, f"最近一次演练在 {said_age(row.good_age)}前，恢复成功。")


async def responsible(look: Look) -> Finding:
    name = "儿童信息负责人"
    if not look.settings.responsible_person:
        remedy = "请在设置里填写 RESPONSIBLE_PERSON。"
        return notice(name, "没有指定儿童个人信息保护负责人。", remedy)
    return good(name, look.settings.responsible_person)


async def secrets(look: Look) -> Finding:
    name = "密钥和模式"
    if look.settings.secret_key.get_secret_value() in {"", DEFAULT_SECRET}:
        remedy = "请把 SECRET_KEY 设成至少 32 位的随机串。"
        return trouble(name, "SECRET_KEY 还是默认值，谁都能伪造。", remedy)
    if look.settings.demo:
        remedy = "正式使用前请设 DEMO=0，并换一个空数据库。"
        return notice(name, "演示模式打开着，演示账号的密码是公开的。", remedy)
    return good(name, "SECRET_KEY 已设置，演示模式已关。")


async def certificate(look: Look) -> Finding:
    """Whether phones can reach the public address over TLS, and for how long."""
    name = "网址证书"
    address = urlsplit(look.settings.base_url)
    if address.scheme != "https" or not address.hostname:
        remedy = "正式使用前请换成 https 网址：微信只接受 https。"
        return notice(name, f"BASE_URL（{look.settings.base_url}）不是 https。", remedy)
    remedy = "请检查域名、反向代理和证书。"
    try:
        days = await _days_left(address.hostname, address.port or 443)
    except (OSError, ssl.SSLError, TimeoutError) as exc:
        return notice(
            name, f"从本机打不开 {look.settings.base_url}（{type(exc).__name__}）。", remedy
        )
    if days < 3:
        return trouble(name, f"证书只剩 {days} 天。", "请立即续期证书。")
    if days < 14:
        return notice(name, f"证书还剩 {days} 天。", "请续期证书。")
    return good(name, f"证书还有 {days} 天。")


async def _days_left(host: str, port: int) -> int:
    opening = asyncio.open_connection(host, port, ssl=ssl.create_default_context())
    _, writer = await asyncio.wait_for(opening, 3)
    try:
        certificate_of = writer.get_extra_info("peercert")
        return int((ssl.cert_time_to_seconds(certificate_of["notAfter"]) - time.time()) // DAY)
    finally:
        writer.close()
