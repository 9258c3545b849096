"""Operator commands. Each ends with one plain line; a refusal exits with 1."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvicorn
from alembic import command
from alembic.config import Config
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from uvicorn.loops.auto import auto_loop_factory

from app.audit.queries import verify_chain
from app.demo.describe import describe_demo
from app.demo.load import load_demo
from app.jobs.service import InstallationJob, Job
from app.kit.db import OUTAGES, Engine, make_engine, system_context, transaction
from app.kit.errors import DomainError
from app.kit.ids import new_id
from app.kit.problems import of_database
from app.kit.sealing import Sealer
from app.kit.settings import Settings
from app.notifications.service.restored import hold_unsent
from app.orgs.queries import all_district_ids, district_of_code
from app.passports.errors import StampFileUnreadable
from app.passports.rules.signing import check_stamp
from app.passports.service.signing import rotate_key
from app.people.service.founding import found_district
from app.privacy.service.pack import compare_pack, make_pack, open_pack
from app.rounds.errors import ProofUnreadable
from app.rounds.service.publishing import check_proof
from app.upkeep.rules import printed, said_totals
from app.upkeep.service.doctor import examine, has_trouble
from app.upkeep.service.reports import back_up
from app.upkeep.service.reports import drill as run_drill
from app.upkeep.service.restore import restore_backup
from app.wiring import INSTALLATION_JOBS, JOBS, WIRING
from app.worker import run_worker
from wechat.command import push_accounts
from wechat.gateway import NoAnswer, PlatformDown
from wechat.setup import SetupRefused, Unfit
from wechat.templates import demo_templates
from wechat.tokens import TokenUnavailable

ROOT = Path(__file__).resolve().parents[1]


def serve(options: argparse.Namespace) -> int:
    """Run the web process(es)."""
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=options.host,
        port=options.port,
        workers=options.workers,
        access_log=False,
        server_header=False,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=5,
    )
    return 0


def worker(_: argparse.Namespace) -> int:
    """Run the background process, on the web process's own kind of loop: it is the faster one."""
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(run_worker(Settings()))
    return 0


def migrate(_: argparse.Namespace) -> int:
    """Bring the database to the newest shape."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    command.upgrade(config, "head")
    print("数据库结构已是最新。")
    return 0


def demo(options: argparse.Namespace) -> int:
    """Load the demo district once and write its addresses and logins."""
    settings = Settings()

    async def run(engine: Engine) -> int:
        fresh = await load_demo(engine, Sealer(settings.secret_key.get_secret_value()))
        described = await describe_demo(engine, options.base_url, options.simulator_url)
        described["templates"] = demo_templates()
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(described, ensure_ascii=False, indent=1) + "\n")
        print("演示学区已载入。" if fresh else "演示学区已在，没有改动。")
        return 0

    return _with_engine(settings, run)


def found(options: argparse.Namespace) -> int:
    """Open a district with its first administrator and print the password, once."""

    async def run(engine: Engine) -> int:
        async with system_context(engine, WIRING, new_id()) as ctx:
            made = await found_district(
                ctx, options.code, options.name, options.admin, options.username
            )
        print(f"学区“{options.name}”（代码 {options.code}）已建立。")
        print(f"管理员 {options.admin}：用户名 {made.username}，初始密码 {made.password}")
        print("密码只显示这一次，请抄下来交给本人。")
        return 0

    return _with_engine(Settings(), run)


def _plain_word(given: str) -> str:
    """Short, and typed without changing the keyboard."""
    if not (given.isascii() and given.isalnum() and 2 <= len(given) <= 12):
        raise argparse.ArgumentTypeError("只能是 2 到 12 位字母和数字")
    return given


def jobs(_: argparse.Namespace) -> int:
    """List what can run in the background, with its schedule (UTC)."""
    listed: list[Job | InstallationJob] = [*JOBS, *INSTALLATION_JOBS]
    for job in listed:
        print(f"{job.name:34} {job.cron or '-':14} {job.title}")
    return 0


def wechat_push(options: argparse.Namespace) -> int:
    """Bring declared menus and tags to the service accounts; --dry-run only says what differs."""
    settings = Settings()

    async def run(engine: Engine) -> int:
        lines = await push_accounts(engine, settings, options.account, dry=options.dry_run)
        if options.account and not lines:
            return _say(f"没有名称是 {options.account} 的服务号。", ok=False)
        return _say("\n".join(lines), ok=True)

    return _with_engine(settings, run)


def verify_audit(_: argparse.Namespace) -> int:
    """Recompute every district's hash chain; name the first entry that is not as it was."""

    async def run(engine: Engine) -> int:
        wrong = 0
        for district_id in await all_district_ids(engine):
            async with transaction(engine) as conn:
                verdict = await verify_chain(conn, district_id)
            if verdict.wrong is None:
                print(f"学区 {district_id}：{verdict.sealed} 条操作日志完好，链头 {verdict.head}")
            else:
                wrong += 1
                print(
                    f"学区 {district_id}：第 {verdict.sealed + 1} 条不对（{verdict.why}）：{verdict.wrong}"
                )
        return 1 if wrong else 0

    return _with_engine(Settings(), run)


def audit_pack(options: argparse.Namespace) -> int:
    """Make a district's yearly compliance pack, or with --check recompute one and compare."""

    async def run(engine: Engine) -> int:
        district_id = await district_of_code(engine, options.code)
        async with system_context(engine, WIRING, district_id, "cli") as ctx:
            if options.check:
                document = open_pack(options.check.read_bytes())
                compared = await compare_pack(ctx, document)
                print(f"审计包与原始记录一致：{compared} 章逐项重新计算，没有差别。")
                return 0
            content = await make_pack(ctx, options.year or ctx.today.year)
            path = (
                options.out
                / f"个人信息合规审计包-{options.code}-{options.year or ctx.today.year}.zip"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        print(f"已生成 {path}")
        return 0

    return _with_engine(Settings(), run)


def round_check(options: argparse.Namespace) -> int:
    """Compute a published round again from its proof file and compare; needs no database."""
    try:
        document = json.loads(options.file.read_bytes())
    except (OSError, ValueError) as exc:
        raise ProofUnreadable from exc
    number = check_proof(document)
    print(f"重新计算 {number} 名学生的录取，与公布的结果完全一致。")
    return 0


def stamp_check(options: argparse.Namespace) -> int:
    """Check a downloaded stamp against the published keys; needs no database and no network."""
    try:
        read = [json.loads(path.read_bytes()) for path in (options.file, options.keys)]
    except (OSError, ValueError) as exc:
        raise StampFileUnreadable from exc
    stamp = check_stamp(*read)
    print(f"印章有效：{stamp['date']} {stamp['base']}《{stamp['title']}》{stamp['minutes']} 分钟。")
    return 0


def stamp_keys(options: argparse.Namespace) -> int:
    """Make a new key that signs stamps from now on; with --withdraw also end one that has leaked."""
    settings = Settings()
    sealer = Sealer(settings.secret_key.get_secret_value())

    async def run(engine: Engine) -> int:
        kid = await rotate_key(engine, sealer, options.withdraw)
        return _say(f"新密钥 {kid} 已启用，旧印章仍有效；停用的密钥签过的会重新签名。", ok=True)

    return _with_engine(settings, run)


def backup(options: argparse.Namespace) -> int:
    """Write a backup of the whole database into BACKUP_DIR, or into --to."""
    settings = Settings()

    async def run(engine: Engine) -> int:
        outcome = await back_up(engine, settings, options.to)
        return _say(outcome.sentence, ok=outcome.ok)

    return _with_engine(settings, run)


def restore(options: argparse.Namespace) -> int:
    """Bring a backup back into the empty database of DATABASE_URL."""
    settings = Settings()
    key = settings.backup_key.get_secret_value() or None

    async def run(engine: Engine) -> int:
        manifest = await restore_backup(settings.database_url, options.file, key)
        async with transaction(engine) as conn:
            held = await hold_unsent(conn)
        print(f"恢复成功：{len(manifest.tables)} 张表，{manifest.rows} 行，逐表核对一致。")
        print(f"请与备份时的数字对照：{said_totals(manifest.totals)}。")
        print(f"备份时还没有发出的 {held} 条消息已改为“待核实”，不会自动重发。")
        return 0

    return _with_engine(settings, run)


def drill(options: argparse.Namespace) -> int:
    """Restore the newest backup (or --file) into a scratch database and compare."""
    settings = Settings()

    async def run(engine: Engine) -> int:
        outcome = await run_drill(engine, settings, options.file)
        return _say(outcome.sentence, ok=outcome.ok)

    return _with_engine(settings, run)


def doctor(_: argparse.Namespace) -> int:
    """Check everything that can be wrong with the installation; 1 when something is."""
    settings = Settings()

    async def run(engine: Engine) -> int:
        findings = await examine(engine, settings)
        print("\n".join(printed(findings)))
        return 1 if has_trouble(findings) else 0

    return _with_engine(settings, run)


def _say(sentence: str, *, ok: bool) -> int:
    print(sentence, file=sys.stdout if ok else sys.stderr)
    return 0 if ok else 1


def _with_engine(settings: Settings, run: Callable[[Engine], Awaitable[int]]) -> int:
    async def inner() -> int:
        engine = make_engine(settings, "wuchuang-cli")
        try:
            return await run(engine)
        finally:
            await engine.dispose()

    return asyncio.run(inner())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app.cli", description=__doc__)
    commands = parser.add_subparsers(required=True)

    def add(name: str, function: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=(function.__doc__ or "").splitlines()[0])
        sub.set_defaults(function=function)
        return sub

    serving = add("serve", serve)
    serving.add_argument("--host", default="127.0.0.1")
    serving.add_argument("--port", type=int, default=8000)
    serving.add_argument("--workers", type=int, default=1)
    add("worker", worker)
    add("migrate", migrate)
    demonstrating = add("demo", demo)
    demonstrating.add_argument("--base-url", default="http://127.0.0.1:8000")
    demonstrating.add_argument("--simulator-url", default="http://127.0.0.1:8001")
    demonstrating.add_argument("--out", type=Path, default=ROOT / ".data" / "demo.json")
    founding = add("found-district", found)
    founding.add_argument("code", type=_plain_word, help="学区代码，2-12 位字母和数字，登录时要填")
    founding.add_argument("name", help="学区名称")
    founding.add_argument("admin", help="管理员姓名")
    founding.add_argument("username", type=_plain_word, help="管理员用户名，2-12 位字母和数字")
    add("jobs", jobs)
    pushing = add("wechat-push", wechat_push)
    pushing.add_argument("--account", help="服务号的名称，不填为全部")
    pushing.add_argument("--dry-run", action="store_true", help="只看差别，什么也不改")
    add("verify-audit", verify_audit)
    add("round-check", round_check).add_argument("file", type=Path, help="公布的录取验证文件")
    packing = add("audit-pack", audit_pack)
    packing.add_argument("code", type=_plain_word, help="学区代码")
    packing.add_argument("--year", type=int, default=None, help="哪一年，不填为今年")
    packing.add_argument("--out", type=Path, default=Path())
    packing.add_argument("--check", type=Path, default=None, help="重新计算这份审计包并比较")
    checking = add("stamp-check", stamp_check)
    checking.add_argument("file", type=Path, help="验证页上下载的印章文件")
    checking.add_argument("--keys", type=Path, required=True, help="公布的公钥文件")
    add("stamp-keys", stamp_keys).add_argument("--withdraw", help="泄露的密钥编号")
    add("backup", backup).add_argument("--to", type=Path, default=None)
    add("restore", restore).add_argument("file", type=Path)
    add("drill", drill).add_argument("--file", type=Path, default=None)
    add("doctor", doctor)
    return parser


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return int(options.function(options))
    except ValidationError as exc:
        problems = "；".join(error["msg"].removeprefix("Value error, ") for error in exc.errors())
        print(f"设置有误：{problems}", file=sys.stderr)
    except DomainError as exc:
        print(f"{exc.text()}（{exc.code}）", file=sys.stderr)
    except Unfit as exc:
        print(exc.sentence, file=sys.stderr)
    except SetupRefused as exc:
        print(f"微信平台没有接受：{exc.text()}。", file=sys.stderr)
    except (NoAnswer, PlatformDown, TokenUnavailable) as exc:
        said = f"{type(exc).__name__} {exc}".strip()
        print(f"微信平台没有接受：{said}。请检查 WECHAT_API_BASE 和服务号密钥。", file=sys.stderr)
    except IntegrityError as exc:
        refusal = of_database(exc)
        print(f"{refusal.text()}（{refusal.code}）", file=sys.stderr)
    except OUTAGES as exc:
        print(f"数据库没有响应（{type(exc).__name__}）：请检查 DATABASE_URL。", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
