"""``run.py story``: every chapter, or the named ones; another demo.json may be given."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx

from app.dev.refusals import RefusalError
from app.dev.story import (
    announcement,
    choosing,
    classes,
    door,
    menus,
    passport,
    reach,
    visit,
    waiting,
)
from app.dev.story.stage import Stage

ROOT = Path(__file__).resolve().parents[3]
CHAPTERS: dict[str, Callable[[Stage], None]] = {
    "visit": visit.play,
    "waiting": waiting.play,
    "class": classes.play,
    "choosing": choosing.play,
    "passport": passport.play,
    "door": door.play,
    "announcement": announcement.play,
    "menus": menus.play,
    "reach": reach.play,
}


def main(arguments: Sequence[str]) -> int:
    """Tell the chapters in their order."""
    files = [Path(word) for word in arguments if word.endswith(".json")]
    wanted = [word for word in arguments if not word.endswith(".json")]
    if unknown := set(wanted) - set(CHAPTERS):
        known = "、".join(CHAPTERS)
        raise RefusalError(f"没有“{unknown.pop()}”这一章：可以写 {known}，不写就是全部。")
    path = files[0] if files else ROOT / ".data" / "demo.json"
    if not path.exists():
        raise RefusalError("没有找到演示系统：请先在另一个窗口运行 python3 run.py。")
    demo = json.loads(path.read_text(encoding="utf-8"))
    base = os.environ.get("BASE_URL", demo["base_url"])
    with (
        httpx.Client(base_url=base, timeout=30, trust_env=False) as api,
        httpx.Client(base_url=demo["simulator_url"], timeout=30, trust_env=False) as phones,
    ):
        stage = Stage(demo, api, phones)
        try:
            for name in wanted or CHAPTERS:
                CHAPTERS[name](stage)
        except httpx.TransportError as exc:
            raise RefusalError(
                "连不上演示系统：请先在另一个窗口运行 python3 run.py，等它显示地址后再试。"
            ) from exc
    print("\n故事讲完了：每一步都成立。")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
