"""Do the contracts of import-linter (pyproject.toml) hold, and does each catch what it forbids?"""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.arch.source import ROOT

LINT = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
PLANTED = {
    "The order of the system": [
        ("app/bookings/planted/up.py", "import app.passports.service"),
        ("app/people/service/planted.py", "import app.notifications.kinds"),
        ("app/orgs/queries.py", "import app.people.access"),
        ("app/jobs/planted/side.py", "import app.audit.models"),
        ("app/api/planted.py", "import wechat.inbound"),
        ("wechat/planted.py", "import app.worker"),
        ("app/main.py", "import app.dev.terminal"),
    ],
    "The order inside a package": [
        ("app/people/access.py", "import app.people.service.login"),
        ("app/people/queries.py", "import app.people.service.people"),
        ("app/people/models.py", "import app.people.access"),
        ("app/people/service/planted.py", "import app.people.routes"),
        ("app/bookings/statements/queue.py", "import app.bookings.rules"),
        ("app/people/schemas.py", "import app.people.models"),
        ("app/people/gadgets.py", ""),
    ],
    "Only wechat speaks to the platform": [
        ("app/people/service/planted.py", "import httpx"),
        ("app/kit/planted.py", "import defusedxml"),
        ("app/worker.py", "import wechatpy"),
    ],
    "Use cases know no HTTP": [
        ("app/people/service/planted.py", "import fastapi"),
        ("app/orgs/access.py", "import starlette"),
        ("app/bookings/rules.py", "import app.kit.http"),
    ],
    "Only the edge of the kernel knows HTTP": [("app/kit/context.py", "import fastapi")],
    "Rules are pure": [
        ("app/bookings/rules.py", "import sqlalchemy"),
        ("app/bookings/rules.py", "import app.kit.context"),
        ("app/bookings/rules.py", "import app.activities.queries"),
    ],
    "Routes touch no tables": [
        ("app/attendance/routes.py", "import sqlalchemy"),
        ("app/attendance/routes.py", "import app.attendance.models"),
    ],
    "wechat knows no tables": [
        ("wechat/handlers/planted.py", "import app.people.models"),
        ("wechat/planted.py", "import sqlalchemy"),
        ("wechat/planted.py", "import app.web.site"),
    ],
    "Nobody imports the simulator": [
        ("wechat/planted.py", "import wechat.simulator.world"),
        ("app/cli.py", "import wechat.simulator.app"),
    ],
    "The simulator knows only the cipher": [
        ("wechat/simulator/planted.py", "import wechat.envelope"),
        ("wechat/simulator/planted.py", "import app.kit.clock"),
    ],
}


def linter_settings(root: Path = ROOT) -> dict[str, Any]:
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    found: dict[str, Any] = settings["tool"]["importlinter"]
    return found


def contracts() -> dict[str, dict[str, Any]]:
    return {contract["name"]: contract for contract in linter_settings()["contracts"]}


def lint(root: Path) -> str:
    """What import-linter prints about the tree, in lines wide enough not to wrap."""
    result = subprocess.run(
        [sys.executable, "-c", LINT, "--no-logo", "--no-cache"],
        cwd=root,
        env={"PYTHONPATH": str(root), "PYTHONUTF8": "1", "COLUMNS": "300"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return result.stdout + result.stderr


def about(report: str, contract: str) -> str:
    """The part of the report that explains why this contract is broken; empty when it is kept."""
    _, _, details = report.partition("Broken contracts\n")
    _, _, rest = details.partition(f"\n{contract}\n{'-' * len(contract)}\n")
    for other in contracts():
        rest = rest.partition(f"\n{other}\n{'-' * len(other)}\n")[0]
    return rest


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code in which violations may be planted."""
    root = tmp_path_factory.mktemp("checkout")
    shutil.copy(ROOT / "pyproject.toml", root)
    for folder in ("app", "wechat"):
        for path in (ROOT / folder).rglob("*.py"):
            target = root / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    return root


def plant_line(root: Path, file: str, line: str) -> None:
    """Append an import to a file of the copy, or make the file (and its package)."""
    path = root / file
    path.parent.mkdir(exist_ok=True)
    if not (path.parent / "__init__.py").exists():
        (path.parent / "__init__.py").touch()
    with path.open("a", encoding="utf-8") as stream:
        stream.write(f"\n{line}\n")


def modules_without_place(root: Path, layers: list[str]) -> list[str]:
    """Packages and modules of `app` that the order does not name: nothing would guard them."""
    named = {word.strip(" ()") for layer in layers for word in layer.split("|")}
    present = {
        f"app.{path.stem}"
        for path in (root / "app").iterdir()
        if (path / "__init__.py").exists() or (path.suffix == ".py" and path.stem != "__init__")
    }
    return sorted(present - named)


def packages_without_order(root: Path, containers: list[str]) -> list[str]:
    """Packages with tables whose files are in no order."""
    present = {f"app.{path.parent.name}" for path in (root / "app").glob("*/models*")}
    return sorted(present - set(containers))


def test_every_contract_holds() -> None:
    report = lint(ROOT)
    assert f"Contracts: {len(contracts())} kept, 0 broken." in report, report


def test_every_contract_has_a_planted_violation() -> None:
    assert set(PLANTED) == set(contracts())


@pytest.mark.parametrize("contract", PLANTED)
def test_a_contract_catches_each_planted_import(contract: str, checkout: Path) -> None:
    """All violations of one contract at once; each must be named in that contract's own report."""
    before = {file: (checkout / file) for file, _ in PLANTED[contract]}
    kept = {file: path.read_bytes() if path.exists() else None for file, path in before.items()}
    for file, line in PLANTED[contract]:
        plant_line(checkout, file, line)
    try:
        found = about(lint(checkout), contract)
    finally:
        for file, content in kept.items():
            if content is None:
                before[file].unlink()
            else:
                before[file].write_bytes(content)
    for file, line in PLANTED[contract]:
        importer = file.removesuffix(".py").replace("/", ".")
        imported = line.removeprefix("import ")
        said = f"{importer} -> {imported}" if line else importer
        assert said in found, f"{contract} has not caught {said}:\n{found}"


def test_every_module_has_its_place_in_the_order() -> None:
    assert not modules_without_place(ROOT, contracts()["The order of the system"]["layers"])


def test_every_package_with_tables_has_its_files_in_order() -> None:
    containers = contracts()["The order inside a package"]["containers"]
    assert not packages_without_order(ROOT, containers)


def test_a_new_package_without_a_place_is_caught(tmp_path: Path) -> None:
    (tmp_path / "app" / "canteen").mkdir(parents=True)
    (tmp_path / "app" / "canteen" / "__init__.py").touch()
    (tmp_path / "app" / "canteen" / "models.py").touch()
    assert modules_without_place(tmp_path, ["app.kit | (app.files)"]) == ["app.canteen"]
    assert packages_without_order(tmp_path, ["app.people"]) == ["app.canteen"]
