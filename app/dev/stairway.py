"""Can every migration be undone and done again, and do models and migrations agree?

Run by ``checks`` in a process of its own, with DATABASE_URL naming a scratch database
that already stands at head.
"""

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

ROOT = Path(__file__).resolve().parents[2]


def migrations() -> Config:
    """Give Alembic's configuration; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    return config


def climb(config: Config) -> int:
    """Undo everything, then for each revision upgrade, downgrade, upgrade; give how many there are."""
    command.downgrade(config, "base")
    script = ScriptDirectory.from_config(config)
    steps = list(reversed(list(script.walk_revisions())))
    for step in steps:
        before = step.down_revision if isinstance(step.down_revision, str) else "-1"
        command.upgrade(config, step.revision)
        command.downgrade(config, before if step.down_revision else "base")
        command.upgrade(config, step.revision)
    return len(steps)


def main() -> int:
    """Climb the stairs, then compare the models with what the migrations made."""
    config = migrations()
    count = climb(config)
    command.check(config)
    print(f"{count} revisions")
    return 0


if __name__ == "__main__":
    sys.exit(main())
