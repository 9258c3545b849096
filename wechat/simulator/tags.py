"""Which followers carry which tags?"""

from typing import Any

from wechat.simulator.gate import Call, Json
from wechat.simulator.refusals import Refused
from wechat.simulator.world import Phone

MOST_TAGS, MOST_A_PERSON, AT_ONCE, LONGEST_NAME = 100, 20, 50, 30
FIRST_OWN = 3  # 0 to 2 are the platform's
PAGE = 10_000


def create_tag(call: Call) -> Json:
    tags, name = call.sim.world.tags, _new_name(call)
    if len(tags) >= MOST_TAGS:
        raise Refused(45056)
    number = max([FIRST_OWN - 1, call.sim.world.last_tag, *tags]) + 1
    tags[number] = name
    call.sim.world.last_tag = number
    return {"tag": {"id": number, "name": name}}


def list_tags(call: Call) -> Json:
    """With how many followers carry each."""
    phones = [phone for phone in call.sim.world.phones.values() if phone.following]
    shown = [
        {"id": number, "name": name, "count": sum(number in phone.tags for phone in phones)}
        for number, name in call.sim.world.tags.items()
    ]
    return {"tags": [{"id": 2, "name": "星标组", "count": 0}, *shown]}


def rename_tag(call: Call) -> Json:
    number = _own_tag(call)
    call.sim.world.tags[number] = _new_name(call, number)
    return {"errcode": 0, "errmsg": "ok"}


def delete_tag(call: Call) -> Json:
    """The tag goes from everybody who carries it."""
    number = _own_tag(call)
    del call.sim.world.tags[number]
    for phone in call.sim.world.phones.values():
        phone.tags.discard(number)
    return {"errcode": 0, "errmsg": "ok"}


def list_members(call: Call) -> Json:
    number = _known(call, call.body.get("tagid"))
    phones = call.sim.world.phones.values()
    openids = [phone.openid for phone in phones if number in phone.tags]
    start = call.text("next_openid")
    page = openids[openids.index(start) + 1 if start in openids else 0 :][:PAGE]
    shown: Json = {"count": len(page)}
    if page:
        shown |= {"data": {"openid": page}, "next_openid": page[-1]}
    return shown


def tag_many(call: Call) -> Json:
    """All or nobody: one wrong openid, or one follower with twenty tags, refuses the whole call."""
    number, phones = _known(call, call.body.get("tagid")), _followers(call)
    if any(number not in phone.tags and len(phone.tags) >= MOST_A_PERSON for phone in phones):
        raise Refused(45059)
    for phone in phones:
        phone.tags.add(number)
    return {"errcode": 0, "errmsg": "ok"}


def untag_many(call: Call) -> Json:
    number, phones = _known(call, call.body.get("tagid")), _followers(call)
    for phone in phones:
        phone.tags.discard(number)
    return {"errcode": 0, "errmsg": "ok"}


def tags_of_person(call: Call) -> Json:
    return {"tagid_list": sorted(call.phone(call.text("openid")).tags)}


def _followers(call: Call) -> list[Phone]:
    openids = call.body.get("openid_list")
    if not isinstance(openids, list) or not 1 <= len(openids) <= AT_ONCE:
        raise Refused(40032)
    phones = [call.phone(str(openid)) for openid in openids]
    if not all(phone.following for phone in phones):
        raise Refused(40003)
    return phones


def _tag(call: Call) -> Json:
    tag = call.body.get("tag")
    if not isinstance(tag, dict):
        raise Refused(40097)
    return tag


def _new_name(call: Call, of: int = 0) -> str:
    name = _tag(call).get("name")
    if not isinstance(name, str) or not name:
        raise Refused(40097)
    if len(name) > LONGEST_NAME:
        raise Refused(45158)
    if any(name == other and number != of for number, other in call.sim.world.tags.items()):
        raise Refused(45157)
    return name


def _own_tag(call: Call) -> int:
    number = _tag(call).get("id")
    if number in range(FIRST_OWN):
        raise Refused(45058)
    return _known(call, number)


def _known(call: Call, number: Any) -> int:
    if type(number) is not int or number not in call.sim.world.tags:
        raise Refused(45159)
    return number
