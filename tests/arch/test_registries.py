"""Is every name of a closed list known everywhere it has to be: errors, kinds, facts, rights, jobs?"""

import importlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import SimpleNamespace
from typing import Any

from app import main as _everything  # noqa: F401 - importing it declares every error and fact
from app.kit.errors import all_errors
from app.kit.events import Fact
from app.notifications.kinds import KINDS, Kind
from app.people.roles import ROLES
from app.wiring import INSTALLATION_JOBS, JOBS, WIRING
from tests.arch.source import ROOT
from wechat.jobs import edge_jobs
from wechat.simulator.fields import NO_LONGER_SHOWN, kind_of
from wechat.templates import TEMPLATES

CODE = re.compile(r"[a-z_]+\.[a-z_]+")
HAN = re.compile(r"[\u4e00-\u9fff]")
KEY = re.compile(r"[a-z_]+[1-9]\d*")
PERMISSION = re.compile(r"[a-z_]+:[a-z_]+")


def ours(classes: Iterable[type]) -> list[type]:
    """Without what tests have made up."""
    return [cls for cls in classes if cls.__module__.startswith(("app.", "wechat."))]


def wrong_errors(errors: Iterable[Any]) -> list[str]:
    """Codes are permanent, unique and well-formed; each has a Chinese sentence."""
    errors = list(errors)
    codes = Counter(error.code for error in errors)
    found = [f"{code} is used {number} times" for code, number in codes.items() if number > 1]
    for error in errors:
        if not CODE.fullmatch(error.code):
            found.append(f"{error.code} is no `package.reason`")
        if not HAN.search(error.sentence):
            found.append(f"{error.code} has no Chinese sentence")
    return found


def wrong_templates(
    kinds: Iterable[str], rows: Mapping[Any, Any], templates: Mapping[Any, Any]
) -> list[str]:
    """Every kind has its row and its template; the template carries exactly the row's fields."""
    found = []
    for kind in kinds:
        row, template = rows.get(kind), templates.get(kind)
        if row is None or template is None:
            found.append(f"{kind} has no row or no template")
            continue
        if set(row.fields) != set(template.keys):
            found.append(f"{kind}: fields {set(row.fields) ^ set(template.keys)} do not match")
        found += [f"{kind}: {problem}" for problem in _broken_platform_rules(template)]
    ids = Counter(template.demo_id for template in templates.values())
    return found + [
        f"{name} names {number} templates" for name, number in ids.items() if number > 1
    ]


def _broken_platform_rules(template: Any) -> list[str]:
    """Typed, numbered keys, two to five of them (wechat-platform, 4.2)."""
    found = []
    keys = list(template.keys.values())
    for key in keys:
        known = KEY.fullmatch(key) and kind_of(key) not in {"", "keyword", *NO_LONGER_SHOWN}
        if not known:
            found.append(f"{key} is no key of the platform")
    if len(set(keys)) != len(keys):
        found.append("a key is used twice")
    if not 2 <= len(keys) <= 5:
        found.append(f"has {len(keys)} keys, the platform takes two to five")
    if not template.title.strip() or not HAN.search(template.title):
        found.append("has no Chinese title")
    return found


def wrong_wiring(facts: Iterable[type], wiring: Mapping[Any, Any], root: type) -> list[str]:
    """Every fact is handled, and only facts are."""
    facts = set(facts)
    found = [f"{fact.__name__} has no handler" for fact in facts if not wiring.get(fact)]
    found += [f"{key} is no fact" for key in wiring if not issubclass(key, root)]
    return sorted(found)


def wrong_permissions(enums: Mapping[str, Any], roles: Mapping[Any, Any]) -> list[str]:
    """Each right is declared once, in order, under its own name, and held by some role."""
    found = []
    for package, enum in enums.items():
        names = [member.name for member in enum]
        if names != sorted(names):
            found.append(f"{package}: rights are not in alphabetical order")
        for member in enum:
            right_name = member.value.replace(":", "_").upper()
            if not PERMISSION.fullmatch(member.value) or member.name != right_name:
                found.append(f"{package}: {member.name} = {member.value}")
    declared = Counter(member.value for enum in enums.values() for member in enum)
    held = {right for row in roles.values() for right in row.permissions}
    found += [f"{right} is declared twice" for right, number in declared.items() if number > 1]
    found += [f"{right} is held by a role and declared nowhere" for right in held - set(declared)]
    found += [f"{right} is held by no role" for right in set(declared) - held]
    return sorted(found)


def wrong_jobs(jobs: Iterable[Any]) -> list[str]:
    """Names are permanent: unique, `package.verb`, with a Chinese title."""
    jobs = list(jobs)
    names = Counter(job.name for job in jobs)
    found = [f"{name} names {number} jobs" for name, number in names.items() if number > 1]
    found += [f"{job.name} is no `package.verb`" for job in jobs if not CODE.fullmatch(job.name)]
    found += [f"{job.name} has no Chinese title" for job in jobs if not HAN.search(job.title)]
    return found


def leaves(root: type) -> list[type]:
    """The classes below that are not themselves families of others."""
    children: list[type] = root.__subclasses__()
    return [leaf for child in children for leaf in (leaves(child) or [child])]


def permission_enums() -> dict[str, Any]:
    paths = sorted((ROOT / "app").glob("*/permissions.py"))
    packages = [f"app.{path.parent.name}" for path in paths]
    return {name: importlib.import_module(f"{name}.permissions").P for name in packages}


def all_jobs() -> list[Any]:
    """Also those of the edge, bound to nothing: building them opens no connection."""
    edge: Any = edge_jobs
    return [*JOBS, *INSTALLATION_JOBS, *edge(None, None, SimpleNamespace(base_url=""), {})]


def test_every_error_has_its_own_code_and_a_sentence() -> None:
    errors = ours(all_errors())
    assert len(errors) > 20
    assert not wrong_errors(errors)


def test_every_kind_of_message_has_a_template_that_fits() -> None:
    assert not wrong_templates(Kind, KINDS, TEMPLATES)


def test_every_fact_is_handled() -> None:
    assert not wrong_wiring(ours(leaves(Fact)), WIRING, Fact)


def test_every_right_is_declared_and_held() -> None:
    assert not wrong_permissions(permission_enums(), ROLES)


def test_every_job_has_its_own_name() -> None:
    assert not wrong_jobs(all_jobs())


def _error(code: str, sentence: str = "没有成功。") -> Any:
    return SimpleNamespace(code=code, sentence=sentence)


def test_a_wrong_error_is_caught() -> None:
    assert wrong_errors([_error("a.b"), _error("a.b")]) == ["a.b is used 2 times"]
    assert wrong_errors([_error("Booking.Full")])
    assert wrong_errors([_error("full")])
    assert wrong_errors([_error("a.b", "Full.")])
    assert not wrong_errors([_error("a.b"), _error("a.c")])


def _kind(fields: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    row = SimpleNamespace(fields=dict.fromkeys(fields, "标签"))
    return {"kind": row}, {"kind": SimpleNamespace(demo_id="x", title="通知", keys=fields)}


def test_a_wrong_template_is_caught() -> None:
    rows, templates = _kind({"pupil": "name1", "time": "time2"})
    assert not wrong_templates(["kind"], rows, templates)
    assert wrong_templates(["kind", "other"], rows, templates) == [
        "other has no row or no template"
    ]
    assert wrong_templates(["kind"], {"kind": SimpleNamespace(fields={"pupil": ""})}, templates)
    for keys in (
        {"pupil": "person1", "time": "time2"},
        {"pupil": "name", "time": "time2"},
        {"pupil": "first", "time": "remark"},
        {"pupil": "name1", "time": "name1"},
        {"pupil": "name1"},
        {f"field{number}": f"thing{number}" for number in range(1, 7)},
    ):
        assert wrong_templates(["kind"], *_kind(keys)), keys


@dataclass(frozen=True)
class PlantedFact:
    """Stands for `Fact`, so that no real one is made."""


@dataclass(frozen=True)
class Forgotten(PlantedFact):
    """A fact that nobody handles."""


def test_families_of_facts_are_not_facts() -> None:
    assert leaves(PlantedFact) == [Forgotten]


def test_a_forgotten_fact_is_caught() -> None:
    assert wrong_wiring([Forgotten], {}, PlantedFact) == ["Forgotten has no handler"]
    assert wrong_wiring([Forgotten], {Forgotten: ()}, PlantedFact)
    assert wrong_wiring([], {str: (print,)}, PlantedFact) == ["<class 'str'> is no fact"]
    assert not wrong_wiring([Forgotten], {Forgotten: (print,)}, PlantedFact)


def _rights(**members: str) -> Any:
    return StrEnum("P", members)


def test_a_wrong_right_is_caught() -> None:
    good = _rights(CLASS_EDIT="class:edit", TERM_EDIT="term:edit")
    roles = {"admin": SimpleNamespace(permissions={"class:edit", "term:edit"})}
    assert not wrong_permissions({"a": good}, roles)
    assert wrong_permissions({"a": good, "b": good}, roles)
    assert wrong_permissions({"a": good}, {})
    assert wrong_permissions({}, roles)
    unordered = _rights(TERM_EDIT="term:edit", CLASS_EDIT="class:edit")
    assert wrong_permissions({"a": unordered}, roles)
    misnamed = _rights(CLASS_EDIT="class:edit", TERM="term:edit")
    assert wrong_permissions({"a": misnamed}, roles)


def test_a_wrong_job_is_caught() -> None:
    good = SimpleNamespace(name="people.forget", title="清除")
    assert not wrong_jobs([good])
    assert wrong_jobs([good, good])
    assert wrong_jobs([SimpleNamespace(name="forget", title="清除")])
    assert wrong_jobs([SimpleNamespace(name="people.forget", title="forget")])
