"""How does a demonstration start over?"""

import sys
from collections.abc import Sequence
from pathlib import Path

from app.dev.instance import clear
from app.dev.terminal import say

ROOT = Path(__file__).resolve().parents[2]


def main(_arguments: Sequence[str]) -> int:
    """Stop what runs from this folder and remove ``.data``."""
    removed = clear(ROOT / ".data")
    say(
        "已停止并清空：下次运行 python3 run.py 会重新载入演示学区。"
        if removed
        else "没有需要清空的数据。"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
