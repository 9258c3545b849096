"""Is the account on the platform what we declare: menus, tags, templates? Said in words, and made so.

Menus and tags can be brought there; templates only a person can choose in the platform's console.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.channels.accounts import Account
from app.channels.rules import tags_problem
from app.channels.service import tags
from app.channels.service.tags import Numbered
from app.jobs.service import Unit
from app.notifications.kinds import FAMILY, KINDS, Kind
from app.people.service.tags import tag_names
from wechat.gateway import NO_MENU, Gateway
from wechat.menu import CONDITIONAL, DEFAULT, MENUS, Button, menus_problem, plain, say_difference
from wechat.setup import Unfit, ask
from wechat.tags import Known, numbers_of, push_tags, read_tags
from wechat.templates import TEMPLATES, Chosen

READ_MENU, CREATE_MENU = "/cgi-bin/menu/get", "/cgi-bin/menu/create"
ADD_MENU, DELETE_MENU = "/cgi-bin/menu/addconditional", "/cgi-bin/menu/delconditional"
READ_TEMPLATES = "/cgi-bin/template/get_all_private_template"
READ_TAPPED = "/wxaapi/newtmpl/gettemplate"  # subscription templates
MENU_GONE = 65301
TAPPED = tuple(kind for kind in TEMPLATES if kind in FAMILY)


class Sign(StrEnum):
    """What has to happen, as the difference prints it."""

    ADD = "要新增"
    CHANGE = "要修改"
    EXTRA = "平台上有、没有声明"


@dataclass(frozen=True)
class Difference:
    """One thing that is not as declared; `key` is permanent. `alarm`: somebody should know."""

    key: str
    sign: Sign
    words: str
    alarm: bool = True


@dataclass(frozen=True)
class Conditional:
    """A conditional menu as the platform has it; `rule` is its condition without blanks."""

    menu_id: str
    rule: dict[str, str]
    buttons: list[Button]


@dataclass(frozen=True)
class Platform:
    """What the platform has now; `templates` and `tapped`: its id → (title, content)."""

    default: list[Button]
    conditional: list[Conditional]
    tags: dict[int, Known]
    templates: dict[str, tuple[str, str]]
    tapped: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Declared:
    """What the account should have: tags by our key, the templates of each kind of message."""

    tags: Mapping[str, str]
    chosen: Chosen
    numbers: Mapping[str, Numbered]

    def problem(self) -> str | None:
        """What the platform could not hold, in words."""
        return menus_problem(MENUS) or tags_problem(list(self.tags.values()))

    def check(self) -> None:
        """Refuse it before anything is sent."""
        if problem := self.problem():
            raise Unfit(problem)


async def declare(unit: Unit, account: Account, chosen: Chosen) -> Declared:
    """Menus and templates stand in the code and settings; the tags follow the district's schools."""
    async with unit() as ctx:
        return Declared(await tag_names(ctx), chosen, await tags.numbers(ctx, account.appid))


async def read_platform(gateway: Gateway, account: Account, chosen: Chosen) -> Platform:
    """Menus, tags and templates as they are; four reads, nothing is changed.

    Who uses no subscription templates may be without the right to list them, and is not asked.
    """
    default, conditional = await _read_menus(gateway, account)
    told = (await ask(gateway, account, READ_TEMPLATES)).data.get("template_list", [])
    templates = _listed(told, "template_id")
    tapped = {}
    if chosen.tapped:
        allowed = (await ask(gateway, account, READ_TAPPED)).data.get("data", [])
        tapped = _listed(allowed, "priTmplId")
    return Platform(default, conditional, await read_tags(gateway, account), templates, tapped)


def _listed(found: Iterable[Mapping[str, Any]], name: str) -> dict[str, tuple[str, str]]:
    """Templates by their id, which each list calls by its own name."""
    return {
        str(one[name]): (str(one.get("title", "")), str(one.get("content", ""))) for one in found
    }


async def _read_menus(gateway: Gateway, account: Account) -> tuple[list[Button], list[Conditional]]:
    answer = await ask(gateway, account, READ_MENU, fine=frozenset({NO_MENU}))
    menu = answer.data.get("menu") or {}
    default = [plain(button) for button in menu.get("button", [])]
    return default, [_conditional(one) for one in answer.data.get("conditionalmenu", [])]


def _conditional(one: Mapping[str, Any]) -> Conditional:
    """A tag is called `group_id` by older answers."""
    given = {key: str(value) for key, value in (one.get("matchrule") or {}).items() if value}
    tag = given.pop("group_id", "")
    rule = {**given, "tag_id": given.get("tag_id", tag)}
    return Conditional(str(one.get("menuid", "")), rule, [plain(b) for b in one.get("button", [])])


def differences(declared: Declared, platform: Platform) -> list[Difference]:
    """Everything that is not as declared, in the order in which it would be put right.

    A declaration that cannot be pushed is the one thing to say: the rest would only follow from it.
    """
    if problem := declared.problem():
        return [Difference("declared", Sign.CHANGE, problem)]
    return [
        *_of_tags(declared, platform),
        *_of_menus(declared, platform),
        *_of_templates("template", "模板", TEMPLATES, declared.chosen.told, platform.templates),
        *_of_templates("tapped", "订阅模板", TAPPED, declared.chosen.tapped, platform.tapped),
    ]


def _of_tags(declared: Declared, platform: Platform) -> Iterator[Difference]:
    there = numbers_of(declared.tags, declared.numbers, platform.tags)
    for key, name in declared.tags.items():
        if key not in there:
            yield Difference(f"tag:{key}", Sign.ADD, f"标签“{name}”：平台上没有")
        elif (now := platform.tags[there[key]].name) != name:
            yield Difference(f"tag:{key}", Sign.CHANGE, f"标签“{name}”：平台上叫“{now}”")
    former = {old.tag_id for key, old in declared.numbers.items() if key not in declared.tags}
    for number, tag in platform.tags.items():
        if number in former:
            yield Difference(f"tag:{number}", Sign.EXTRA, f"标签“{tag.name}”：不再声明，会删除")
        elif number not in there.values():
            words = f"标签“{tag.name}”：不是系统建的，保留不动"
            yield Difference(f"tag:{number}", Sign.EXTRA, words, alarm=False)


def _of_menus(declared: Declared, platform: Platform) -> Iterator[Difference]:
    if not platform.default:
        yield Difference("menu", Sign.ADD, f"{DEFAULT.title}：平台上没有")
    elif platform.default != DEFAULT.buttons:
        said = say_difference(DEFAULT.buttons, platform.default)
        yield Difference("menu", Sign.CHANGE, f"{DEFAULT.title}：{said}")
    there = numbers_of(declared.tags, declared.numbers, platform.tags)
    ours = set()
    for menu in CONDITIONAL:
        rule = {"tag_id": str(there.get(menu.key, ""))}
        found = [one for one in platform.conditional if one.rule == rule]
        ours |= {one.menu_id for one in found}
        key = f"menu:{menu.key}"
        if not found:
            yield Difference(key, Sign.ADD, f"{menu.title}：平台上没有")
        elif len(found) > 1:
            yield Difference(key, Sign.CHANGE, f"{menu.title}：平台上有 {len(found)} 份")
        elif found[0].buttons != menu.buttons:
            said = say_difference(menu.buttons, found[0].buttons)
            yield Difference(key, Sign.CHANGE, f"{menu.title}：{said}")
    for one in platform.conditional:
        if one.menu_id not in ours:
            names = "、".join(str(button.get("name", "")) for button in one.buttons)
            words = f"个性化菜单（{names}）：没有声明，会删除"
            yield Difference(f"menu:{one.menu_id}", Sign.EXTRA, words)


def _of_templates(
    area: str,
    what: str,
    kinds: Iterable[Kind],
    ours: Mapping[str, str],
    there: Mapping[str, tuple[str, str]],
) -> Iterator[Difference]:
    """A template without id was never chosen, which is no drift; its messages go other ways."""
    for kind in kinds:
        number, key, name = ours.get(kind), f"{area}:{kind}", f"{what}“{KINDS[kind].title}”"
        if number is None:
            words = f"{name}：还没有选用，编号没有填"
            yield Difference(key, Sign.ADD, words, alarm=False)
        elif number not in there:
            words = f"{name}：平台上没有 {number}，请在公众平台重新选用并更新编号"
            yield Difference(key, Sign.ADD, words)
        elif missing := _missing(kind, there[number][1]):
            title = TEMPLATES[kind].title
            words = f"{name}：{number}（{title}）没有字段 {'、'.join(missing)}"
            yield Difference(key, Sign.CHANGE, words)
    used = set(ours.values())
    for number, (title, _) in there.items():
        if number not in used:
            words = f"{what}“{title}”（{number}）：没有用到，保留不动"
            yield Difference(f"{area}:{number}", Sign.EXTRA, words, alarm=False)


def _missing(kind: Kind, content: str) -> list[str]:
    return [key for key in TEMPLATES[kind].keys.values() if f"{{{{{key}.DATA}}}}" not in content]


async def push(
    gateway: Gateway, account: Account, unit: Unit, declared: Declared
) -> list[Difference]:
    """Make tags and menus the declared ones; says what differed before. Twice changes nothing."""
    declared.check()
    before = await read_platform(gateway, account, declared.chosen)
    there = await push_tags(gateway, account, unit, declared.tags)
    if before.default != DEFAULT.buttons:
        await ask(gateway, account, CREATE_MENU, {"button": DEFAULT.buttons})
    await _push_conditional(gateway, account, there)
    return differences(declared, before)


async def _push_conditional(gateway: Gateway, account: Account, there: Mapping[str, int]) -> None:
    """There is no changing one: all are added anew, in order, and only then the old ones go.

    The newest wins, so nobody sees a wrong menu in between; a break leaves doubles, which the
    next push finds.
    """
    _, found = await _read_menus(gateway, account)
    wanted = [({"tag_id": str(there[menu.key])}, menu.buttons) for menu in CONDITIONAL]
    same = [one for one in found if (one.rule, one.buttons) in wanted]
    if len(same) == len(found) == len(wanted) == len({one.rule["tag_id"] for one in found}):
        return
    for rule, buttons in wanted:
        body = {"button": buttons, "matchrule": rule}
        await ask(gateway, account, ADD_MENU, body, safe=False)
    for one in found:
        gone = {"menuid": one.menu_id}
        await ask(gateway, account, DELETE_MENU, gone, fine=frozenset({MENU_GONE}))


async def compare(
    gateway: Gateway, account: Account, unit: Unit, chosen: Chosen
) -> list[Difference]:
    """What a push would find; nothing is touched."""
    declared = await declare(unit, account, chosen)
    return differences(declared, await read_platform(gateway, account, chosen))


def printed(found: list[Difference]) -> list[str]:
    """The differences in groups, as the command and the page say them."""
    lines = []
    for sign in Sign:
        words = [one.words for one in found if one.sign is sign]
        if words:
            lines += [f"{sign}：", *(f"  · {one}" for one in words)]
    return lines or ["与声明一致，没有差别。"]
