"""Background work of passports: levels a district, signatures for the installation."""

from sqlalchemy.ext.asyncio import AsyncEngine

from app.jobs.service import InstallationJob, Job
from app.kit.sealing import Sealer
from app.kit.settings import Settings
from app.passports.service.levels import count_news, preview, recompute
from app.passports.service.orders import DRAW, draw_prints
from app.passports.service.rule_sets import PREVIEW, RECOMPUTE
from app.passports.service.signing import sign_stamps


async def _sign(engine: AsyncEngine, settings: Settings) -> None:
    await sign_stamps(engine, Sealer(settings.secret_key.get_secret_value()))


JOBS = (
    Job("passports.count_levels", count_news, "按新印章计算护照等级", "* * * * *"),
    Job(PREVIEW, preview, "计算新规则的影响（不改动任何等级）"),
    Job(DRAW, draw_prints, "生成一批护照的打印文件"),
    Job(RECOMPUTE, recompute, "按新规则重新计算护照等级"),
)
INSTALLATION_JOBS = (InstallationJob("passports.sign_stamps", _sign, "给新印章签名", "* * * * *"),)
