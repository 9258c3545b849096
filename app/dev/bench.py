"""How are all benchmarks run by one command, and the long proofs of the night by another?"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from app.dev.refusals import RefusalError
from app.dev.terminal import say

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "bench"


def main(arguments: Sequence[str]) -> int:
    """Run ``tests/bench/bench_*.py`` one after another, or the named ones only; 1 when one failed.

    With ``nightly`` as first word it is ``nightly_*.py`` instead.
    """
    kind = "nightly" if arguments[:1] == ["nightly"] else "bench"
    arguments = arguments[1:] if kind == "nightly" else arguments
    names = [path.stem.removeprefix(f"{kind}_") for path in sorted(FOLDER.glob(f"{kind}_*.py"))]
    unknown = [name for name in arguments if name not in names]
    if unknown or not names:
        known = "、".join(names) or "（还没有）"
        raise RefusalError(f"没有这项性能测试：{'、'.join(unknown) or '全部'}；现有：{known}。")
    failed = []
    for name in arguments or names:
        say(f"── {name}")
        if subprocess.run(
            [sys.executable, "-m", f"tests.bench.{kind}_{name}"], cwd=ROOT, check=False
        ).returncode:
            failed.append(name)
    if failed:
        say(f"没有成功的：{'、'.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
