"""Which commands does ``run.py`` know, and where does each of them live?

Standard library only and free of side effects: ``run.py`` reads this table before
any package is installed.
"""

from dataclasses import dataclass

RUN_LOCK = "requirements.lock"
DEV_LOCK = "requirements-dev.lock"


@dataclass(frozen=True)
class Command:
    """One word after ``run.py``: its help line, the module run for it, and what that module needs."""

    name: str
    summary: str
    module: str
    lock: str = RUN_LOCK
    arguments: tuple[str, ...] = ()


# The first one is what a bare ``run.py`` does. An empty module means run.py itself.
COMMANDS: tuple[Command, ...] = (
    Command(
        "demo", "启动演示系统：数据库、网页、后台、微信模拟器（不写命令时就是它）", "app.dev.launch"
    ),
    Command(
        "story",
        "在运行着的演示系统上走一遍完整流程，并打印每个人看到的内容；可以只写其中几章",
        "app.dev.story",
    ),
    Command("reset", "停止演示系统，删除它的全部数据（.data 文件夹），从头再来", "app.dev.reset"),
    Command("test", "运行全部测试；后面可以写 pytest 的参数", "app.dev.testing", DEV_LOCK),
    Command(
        "check",
        "检查代码：格式、类型、依赖方向、模板、数据库迁移、接口说明",
        "app.dev.checks",
        DEV_LOCK,
    ),
    Command("bench", "运行性能测试；后面可以写其中几项的名字", "app.dev.bench", DEV_LOCK),
    Command(
        "nightly",
        "运行夜间的长时间验证（抢名额时杀掉进程，20 次）",
        "app.dev.bench",
        DEV_LOCK,
        ("nightly",),
    ),
    Command("openapi", "重新生成接口说明 docs/openapi.json", "app.cli", RUN_LOCK, ("openapi",)),
    Command("lock", "重做两个锁定文件；加 --upgrade 就升级到新版本", ""),
    Command("help", "显示这张表", ""),
)
