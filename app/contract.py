"""Which pages in docs/ are written by the code itself, and are they what it says?

``python -m app.contract openapi`` and ``python -m app.contract roles`` write them; with
``--check`` they are compared. Apart from `app.cli`, whose commands need not build the application.
"""

import argparse
import sys
from pathlib import Path

from app.api import contract
from app.kit.settings import Settings
from app.main import create_app
from app.people.handbook import roles_page

ROOT = Path(__file__).resolve().parents[1]
# Building the contract opens no connection; the setting only has to be there.
_ANY_DATABASE = "postgresql+asyncpg://localhost/none"


def openapi() -> str:
    """What the REST interface serves."""
    return contract.dumped(create_app(Settings(demo=True, database_url=_ANY_DATABASE)))


PAGES = {
    "openapi": (ROOT / "docs" / "openapi.json", openapi),
    "roles": (ROOT / "docs" / "roles.md", roles_page),
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m app.contract", description=__doc__)
    parser.add_argument("page", choices=sorted(PAGES))
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args(arguments)
    path, made = PAGES[options.page]
    return _write_or_compare(path, made(), check=options.check)


def _write_or_compare(path: Path, fresh: str, *, check: bool) -> int:
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(fresh)
        print(f"已写入 {path.relative_to(ROOT)}")
        return 0
    if path.exists() and path.read_text() == fresh:
        print(f"{path.relative_to(ROOT)} 与代码一致")
        return 0
    print(f"{path.relative_to(ROOT)} 与代码不一致：请重新生成并检查差异。", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
