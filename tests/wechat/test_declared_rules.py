"""What an account cannot hold is refused in words before anything is sent."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

import pytest

from app.channels.rules import MOST_TAGS, MOST_TAGS_A_PERSON, tags_problem
from app.people.roles import Role
from app.people.rules import declared_tags, tags_of
from tests.cast import HERE
from wechat.menu import DEFAULT, MENUS, Button, menus_problem

TAP = {"type": "click", "name": "好", "key": "A"}


def _menu(buttons: list[Button], key: str = "role:x") -> Any:
    return replace(DEFAULT, buttons=buttons, key=key)


def _visit(host: str) -> Button:
    return {"type": "view", "name": "好", "url": f"https://{host}/"}


@pytest.mark.parametrize(
    ("buttons", "said"),
    [
        ([], "一级菜单要有 1 到 3 个"),
        ([TAP] * 4, "一级菜单要有 1 到 3 个"),
        ([{"name": "好", "sub_button": [TAP] * 6}], "下面最多 5 个"),
        ([{**TAP, "name": "五个字太长"}], "手机上最多显示 4 个字"),
        (
            [{"name": "好", "sub_button": [{**TAP, "name": "九个字的二级菜单名"}]}],
            "最多显示 8 个字",
        ),
        ([{**TAP, "name": ""}], "没有名称"),
        ([{**TAP, "key": "K" * 129}], "网址或编号太长"),
        ([{"type": "click", "name": "好"}], "点了没有反应"),
        ([{"name": "好", "sub_button": [_visit(f"{n}.cn") for n in range(4)]}], "最多到 3 个域名"),
    ],
)
def test_a_menu_that_does_not_fit_is_refused_in_words(buttons: list[Button], said: str) -> None:
    assert said in (menus_problem([_menu(buttons)]) or "")
    assert menus_problem(MENUS) is None


def test_roles_and_schools_fit_for_a_district_and_are_refused_for_a_city() -> None:
    def schools(number: int) -> dict[UUID, str]:
        return {uuid5(HERE, str(n)): f"第{n}小学" for n in range(number)}

    fourteen = declared_tags(schools(14))
    assert (len(fourteen), tags_problem(list(fourteen.values()))) == (18, None)
    assert tags_problem(list(declared_tags(schools(96)).values())) is None
    city = tags_problem(list(declared_tags(schools(120)).values()))
    assert city is not None
    assert city.startswith(f"声明了 124 个标签，服务号最多 {MOST_TAGS} 个。")
    assert "最多 30 个字" in (tags_problem(["学校·" + "长" * 28]) or "")
    assert "不能重复" in (tags_problem(["学校·甲", "学校·甲"]) or "")
    everything = tags_of(list(Role), list(schools(40)))
    assert len(everything) == MOST_TAGS_A_PERSON
    assert {"role:guardian", "role:teacher", "role:unit", "role:office"} <= set(everything)
    assert tags_of([Role.PUPIL, Role.COUNCIL], []) == [], "a child's phone is not marked"
