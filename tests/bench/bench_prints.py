"""How fast do passports come out as PDF (target: 7,000 at 40 a second and more on two cores)?

Draws files of fifty, two jobs at a time as the worker does, from invented children with six stamps
at four bases each; `--children N` draws another number than 500. Typst works outside the
interpreter's lock and on all cores. Prints the rate and what 7,000 would take.
"""

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from types import SimpleNamespace

from app.kit.printing import render_pdf
from app.passports.queries import InForce
from app.passports.rules.builtin import BUILT_IN
from app.passports.service.orders import MOST_CHILDREN
from app.passports.service.pages import passports_data
from app.passports.service.prints import FOLDER

CHILDREN, EVERYBODY, RATE = 500, 7000, 40.0
STAMPS, BASES, TODAY, AT_ONCE = 6, 4, date(2026, 11, 28), 2
NAMES = ("龙𬭎", "䶮㛃", "欧阳若愚", "李想", "王𠅤")
CATEGORIES = ("social", "labour", "career", "safety")


def child(number: int) -> tuple[SimpleNamespace, list[SimpleNamespace]]:
    """Names, classes and visits differ, so that nothing is drawn once for all."""
    row = SimpleNamespace(
        pupil_id=number,
        name=NAMES[number % len(NAMES)] + "甲乙丙丁"[number % 4],
        number=f"NY-{number:06}",
        scene=f"p{number:026x}",
        grade=1 + number % 9,
        class_name=f"{number % 9 + 1}（2）班",
        school="叶城小学",
        district="南苑学区",
        levels=[["dream_ladder", "bronze", "铜章", "standing", "2026-10-01"]],
    )
    stamps = []
    for at in range(STAMPS):
        base = (number + at % BASES) % (BASES * 5)
        visit = SimpleNamespace(
            base_id=base,
            base_name=f"学习基地{base}号",
            theme=f"主题{base % 6}",
            title=f"体验课第{at + 1}讲",
            category=CATEGORIES[at % 4],
            evidence="A",
            code=f"CODE{number:06}{at:06}",
            minutes=90,
            stamp_look="",
            has_sheet=False,
            lacks_sheet=False,
            day=date(2026, 10, 1 + at),
            marks="[]",
        )
        stamps.append(visit)
    return row, stamps


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--children", type=int, default=CHILDREN)
    number = parser.parse_args().children
    rules = [InForce(None, key, 0, body) for key, body in BUILT_IN.items()]
    children = [child(one) for one in range(number)]

    def draw(start: int) -> int:
        part = children[start : start + MOST_CHILDREN]
        stamps = {row.pupil_id: found for row, found in part}
        data = passports_data([row for row, _ in part], stamps, rules, TODAY, "https://example.cn")
        return len(render_pdf(FOLDER / "passport.typ", "passports", data))

    began, worked = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sizes = list(pool.map(draw, range(0, number, MOST_CHILDREN)))
    took = time.perf_counter() - began
    rate = number / took
    print(
        f"{number} passports in {took:.1f} s ({time.process_time() - worked:.1f} s of processor): "
        f"{rate:.0f}/s; {len(sizes)} files of {sum(sizes) // len(sizes) // 1024} KB; "
        f"{EVERYBODY} in {EVERYBODY / rate:.0f} s"
    )
    print(f"target: {RATE:.0f}/s")
    if rate < RATE:
        sys.exit("beyond: rate")


if __name__ == "__main__":
    main()
