#!/usr/bin/env python3
"""How does somebody with nothing but Python start, test or reset this product?

``python3 run.py help`` lists the commands. Only the standard library is used: the
script makes ``.venv``, installs the hashed lock into it once, and then replaces
itself by ``python -m app.dev <command>`` inside it. Whatever can be expected to go
wrong ends in one plain sentence that names the remedy, and in exit code 1.
"""

import sys

# Must run, and be readable, on interpreters that cannot read the rest.
if sys.version_info < (3, 11):  # noqa: UP036 - older ones do arrive here
    sys.exit(
        "需要 Python 3.11 或更高版本，现在是 {}.{}：请安装新版 Python，再用它运行 run.py。".format(
            *sys.version_info[:2]
        )
    )

import errno
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sysconfig
import tomllib
from pathlib import Path

from app.dev.commands import COMMANDS, Command

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
VENV_BIN = VENV / ("Scripts" if WINDOWS else "bin")
VENV_PYTHON = VENV_BIN / ("python.exe" if WINDOWS else "python")
UNFINISHED = VENV / ".installing"
INSTALL_LOG = VENV / "install.log"
BOOTSTRAP_LOCK = "requirements-bootstrap.lock"
NETWORK_SIGNS = (
    "name resolution",
    "dns error",
    "Failed to fetch",
    "error sending request",
    "Failed to establish a new connection",
    "Connection refused",
    "Max retries exceeded",
    "timed out",
    "SSLError",
    "ProxyError",
)


class RefusalError(Exception):
    """An expected failure; its text is the one sentence the operator reads."""


class InstallError(Exception):
    """An installer ended badly; its text is the installer's output."""


def say(line: str) -> None:
    """Print one progress line at once, whatever the terminal can show."""
    print(line, flush=True)


def clean_environment() -> dict[str, str]:
    """Give the variables for child processes: UTF-8 everywhere, quiet installers."""
    env = dict(os.environ)
    env.pop("PYTHONHOME", None)
    env.pop("VIRTUAL_ENV", None)
    # Without compiled files every process compiles its libraries again: ten seconds a start.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    env["PYTHONUTF8"] = "1"
    env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    env["PIP_NO_INPUT"] = "1"
    env["PIP_ROOT_USER_ACTION"] = "ignore"
    env["PIP_USER"] = "0"
    return env


def captured(argv: list[str], env: dict[str, str], folder: Path = ROOT) -> str:
    """Run a program quietly and give what it printed; raise InstallError when it fails."""
    try:
        result = subprocess.run(
            argv,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise InstallError(f"{argv[0]}: {error}") from error
    if result.returncode:
        raise InstallError(result.stdout or f"{argv[0]} ended with {result.returncode}")
    return result.stdout


def stamp(lock: str) -> Path:
    """Name the file that says which content of a lock is installed."""
    return VENV / f".installed-{lock}"


def digest(lock: str) -> str:
    """Fingerprint a lock file's content."""
    return hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()


def pins(lock: str) -> set[str]:
    """Read which releases a lock names, with the conditions under which they are wanted."""
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    return {
        line.rstrip(" \\") for line in lines if "==" in line and not line.startswith((" ", "#"))
    }


def is_installed(lock: str) -> bool:
    """Tell whether the environment already holds exactly this lock."""
    mark = stamp(lock)
    return VENV_PYTHON.exists() and mark.exists() and mark.read_text().strip() == digest(lock)


def find_uv() -> str | None:
    """Find uv on the machine, or inside the environment from an earlier start."""
    return shutil.which("uv") or shutil.which("uv", path=str(VENV_BIN))


def bundled_pip() -> Path | None:
    """Find the pip wheel that this Python carries for ``ensurepip``."""
    spec = importlib.util.find_spec("ensurepip")
    if spec is None or not spec.submodule_search_locations:
        return None
    folders = [Path(spec.submodule_search_locations[0]) / "_bundled"]
    distribution_folder = sysconfig.get_config_var("WHEEL_PKG_DIR")
    if distribution_folder:
        folders.insert(0, Path(distribution_folder))
    wheels = [wheel for folder in folders for wheel in sorted(folder.glob("pip-*.whl"))]
    return wheels[0] if wheels else None


def pip_command(env: dict[str, str]) -> list[str] | None:
    """Give a pip that installs into the environment, or None; may set PYTHONPATH in ``env``."""
    wheel = bundled_pip()
    if wheel is not None:
        env["PYTHONPATH"] = str(wheel)
        return [str(VENV_PYTHON), "-m", "pip"]
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "--python", str(VENV_PYTHON)]
    if any(VENV.glob("[lL]ib/**/site-packages/pip/__main__.py")):
        return [str(VENV_PYTHON), "-m", "pip"]
    return None


def venv_works() -> bool:
    """Tell whether a complete environment is there; an interrupted one is not."""
    if UNFINISHED.exists() or not (VENV_PYTHON.exists() and (VENV / "pyvenv.cfg").exists()):
        return False
    try:
        captured([str(VENV_PYTHON), "-c", "import encodings, venv"], clean_environment())
    except InstallError:
        return False
    return True


def make_venv() -> None:
    """Make an empty environment; pip is not needed inside it when it can be had outside."""
    env = clean_environment()
    if VENV.exists():
        shutil.rmtree(VENV)
    base = [sys.executable, "-m"]
    if find_uv() or pip_command(dict(env)):
        captured([*base, "venv", "--without-pip", str(VENV)], env)
    elif importlib.util.find_spec("virtualenv") is not None:
        captured([*base, "virtualenv", "--quiet", str(VENV)], env)
    elif shutil.which("virtualenv"):
        captured(["virtualenv", "--quiet", "--python", sys.executable, str(VENV)], env)
    else:
        raise RefusalError(
            "这台电脑的 Python 缺少建立运行环境的部件（ensurepip）："
            "请先执行 apt-get install python3-venv（需要管理员权限），再运行一次。"
        )


def uv_environment(pip: list[str] | None, env: dict[str, str]) -> dict[str, str]:
    """Let uv use the package mirror that the operator has set for pip."""
    uv_env = dict(env)
    uv_env.pop("PYTHONPATH", None)
    mirror = env.get("PIP_INDEX_URL", "")
    if not mirror and pip is not None:
        try:
            mirror = captured([*pip, "config", "get", "global.index-url"], env).strip()
        except InstallError:
            mirror = ""
    if mirror.startswith(("http://", "https://")) and "UV_DEFAULT_INDEX" not in env:
        uv_env["UV_DEFAULT_INDEX"] = mirror
    return uv_env


def bootstrap_uv(pip: list[str] | None, env: dict[str, str]) -> str | None:
    """Find uv, or install the pinned one with pip; None when there is none for this machine."""
    uv = find_uv()
    if uv or pip is None:
        return uv
    try:
        captured(
            [*pip, "install", "-q", "--retries", "1", "--require-hashes", "-r", BOOTSTRAP_LOCK], env
        )
    except InstallError as error:
        if any(sign in str(error) for sign in NETWORK_SIGNS):
            raise
        return None
    return find_uv()


def install(lock: str) -> None:
    """Install a lock, hash-checked: with uv when possible, else (or when uv fails) with pip."""
    env = clean_environment()
    pip = pip_command(env)
    hashed = ["--require-hashes", "-r", lock]
    uv = bootstrap_uv(pip, env)
    if uv:
        uv_argv = [uv, "pip", "install", "--quiet", "--python", str(VENV_PYTHON), *hashed]
        try:
            captured(uv_argv, uv_environment(pip, env))
        except InstallError:
            if pip is None:
                raise
        else:
            return
    if pip is None:
        raise InstallError("neither pip nor uv can install into .venv")
    captured([*pip, "install", "-q", "--retries", "1", *hashed], env)


def explain(output: str) -> str:
    """Turn an installer's output into one sentence with its remedy."""
    if "No space left on device" in output:
        return "磁盘空间不够：请腾出至少 1 GB 空间，再运行一次。"
    if "Permission denied" in output:
        return "没有权限写入 .venv 文件夹：请用当初建立它的用户运行，或删除 .venv 后再运行一次。"
    if "HASHES" in output or "hash mismatch" in output.lower():
        return (
            "下载的软件包与锁定文件的校验值不符，已停止安装：请检查所用的软件包镜像，再运行一次。"
        )
    if any(sign in output for sign in NETWORK_SIGNS):
        return "连不上软件包仓库（package registry）：请检查网络或代理设置，再运行一次。"
    return f"安装运行环境没有成功：请查看 {shown(INSTALL_LOG)} 的最后几行，改正后再运行一次。"


def shown(path: Path) -> str:
    """Write a path relative to the product's folder."""
    return str(path.relative_to(ROOT))


def prepare(lock: str) -> None:
    """Make sure the environment holds exactly this lock; does nothing the second time."""
    if is_installed(lock):
        return
    say("① 准备运行环境…（第一次约 10 秒，网络慢时要久一些）")
    try:
        if not venv_works():
            make_venv()
        for mark in VENV.glob(".installed-*"):
            mark.unlink()
        UNFINISHED.touch()
        install(lock)
        UNFINISHED.unlink()
        for each in {command.lock for command in COMMANDS}:
            if pins(each) <= pins(lock):
                stamp(each).write_text(digest(each) + "\n")
    except InstallError as error:
        note_failure(str(error))
        raise RefusalError(explain(str(error))) from error


def note_failure(output: str) -> None:
    """Keep an installer's output for whoever looks into the failure."""
    try:
        INSTALL_LOG.parent.mkdir(exist_ok=True)
        INSTALL_LOG.write_text(output, encoding="utf-8")
    except OSError:
        return


def make_locks(options: list[str]) -> int:
    """Re-make the hashed locks from pyproject.toml; ``--upgrade`` takes newer releases."""
    prepare("requirements.lock")
    env = clean_environment()
    uv = bootstrap_uv(pip_command(env), env)
    if uv is None:
        raise RefusalError("重做锁定文件需要 uv：请先安装 uv（pip install uv），再运行一次。")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    common = [
        uv,
        "pip",
        "compile",
        "--universal",
        "--generate-hashes",
        "--no-header",
        "--no-annotate",
        "--quiet",
    ]
    every = [word for extra in sorted(extras) for word in ("--extra", extra)]
    uv_env = uv_environment(None, env)
    try:
        captured(
            [*common, *options, *every, "-o", "requirements-dev.lock", "pyproject.toml"], uv_env
        )
        pins = ["--extra", "demo", "-c", "requirements-dev.lock"]
        captured([*common, *options, *pins, "-o", "requirements.lock", "pyproject.toml"], uv_env)
    except InstallError as error:
        note_failure(str(error))
        raise RefusalError(explain(str(error))) from error
    say("已重做 requirements.lock 和 requirements-dev.lock。")
    return 0


def print_help() -> int:
    """List every command with its one line."""
    width = max(len(command.name) for command in COMMANDS)
    say("用法：python3 run.py [命令] [参数…]\n")
    for command in COMMANDS:
        say(f"  {command.name:<{width}}  {command.summary}")
    say("\n环境变量：PORT 换端口；DATABASE_URL 改用自己的 PostgreSQL。")
    return 0


def enter(command: Command, arguments: list[str]) -> int:
    """Run a command inside the environment; on POSIX this process becomes that one."""
    argv = [str(VENV_PYTHON), "-m", "app.dev", command.name, *arguments]
    env = clean_environment()
    os.chdir(ROOT)
    if not WINDOWS:
        os.execve(argv[0], argv, env)  # noqa: S606 - no shell is wanted
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.run(argv, env=env, check=False).returncode


def run(arguments: list[str]) -> int:
    """Find the command that was asked for and carry it out."""
    name = arguments[0] if arguments else COMMANDS[0].name
    if name in {"help", "-h", "--help"}:
        return print_help()
    command = next((each for each in COMMANDS if each.name == name), None)
    if command is None:
        raise RefusalError(f"没有“{name}”这个命令：请运行 python3 run.py help 查看全部命令。")
    if command.name == "lock":
        return make_locks(arguments[1:])
    prepare(command.lock)
    return enter(command, arguments[1:])


def main() -> int:
    """Run, and turn every expected failure into one sentence and exit code 1."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        return run(sys.argv[1:])
    except RefusalError as refusal:
        sentence = str(refusal)
    except KeyboardInterrupt:
        sentence = "已中断：下次运行会接着准备。"
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        sentence = explain("No space left on device" if full else f"{error.strerror} {error}")
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
