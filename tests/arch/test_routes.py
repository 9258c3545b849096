"""Does every address know who is asking, or is it public for a stated reason?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import iter_route_contexts

from app.api.contract import openapi_of
from app.kit.deps import Authed, AuthedHot, CallerDep
from app.kit.routing import RouteIndex
from app.kit.settings import Settings
from app.main import create_app

# The dependency that opens the unit of work for a known actor.
OPENS = Authed.__metadata__[0].dependency  # type: ignore[attr-defined]
OPENS_HOT = AuthedHot.__metadata__[0].dependency  # type: ignore[attr-defined]
# Knows the token only; the route opens the unit of work, and answers after its commit.
CALLS = CallerDep.__metadata__[0].dependency  # type: ignore[attr-defined]
OPENS_ITSELF = {
    "POST /v1/bookings": "a crowd shares one transaction (app.bookings.rush)",
    "POST /m/sessions/{session_id}/book": "the same from a family's page",
}
PUBLIC = {
    "GET /apply": "whoever offers to become a resource unit has no account yet",
    "GET /.well-known/wuchuang-stamps.json": "public keys and digests of revoked codes",
    "GET /verify/{code}": "whoever holds a stamp's code of 79 bits checks it; names nobody",
    "GET /verify/{code}.json": "the same as a signed file",
    "GET /apply/sent": "the sentence after applying; it names nobody",
    "POST /apply": "the same form; counted by telephone number and district",
    "GET /": "the front page shows sums of whole districts and no names",
    "GET /calendar/{token}.ics": "read by calendar programs: the secret address is the key, no full names",
    "GET /column": "the public column: published articles, no names of children",
    "GET /column/{number}": "one published article",
    "GET /column/{number}/files/{place}": "its pictures and attachments",
    "GET /c/{scene}": "the address on a poster: strangers scan it too and see the base only",
    "GET /console/invitation/{token}": "whoever holds the link is known by it alone",
    "GET /wechat/js-sdk": "a signature for one of our own pages, which anybody may open",
    "GET /console/login": "the form on which staff log in",
    "GET /console/login/code": "the second step: the browser holds a sealed note of the first",
    "GET /console/login/wechat": "the QR code of the browser that asked for it",
    "GET /docs/errors": "the meaning of every error code",
    "GET /door/api/roll": "a volunteer's device, known by the secret it got for link and PIN",
    "GET /door/api/roster": "the same device",
    "GET /door/sw.js": "a script that keeps the empty door page on the device",
    "GET /door/{link}": "the empty page asks for a PIN; names come later, to a bound device",
    "GET /healthz": "asked by the machine that restarts the process",
    "GET /m/bind": "a parent whose phone is known to WeChat but bound to nobody yet",
    "GET /m/goodbye": "what is shown after logging out",
    "GET /m/login": "sends a phone to WeChat, which says whose it is",
    "GET /m/oauth": "the way back from WeChat: trusted by its one-time code and our state",
    "GET /m/welcome": "the last step of logging in: on to the page that was asked for",
    "GET /metrics": "scraped inside the installation; counts without names",
    "GET /openapi.json": "the contract, in demo and debug only",
    "GET /receipt/{code}": "a family's proof of erasure: opened by its random word, names nobody",
    "GET /readyz": "asked by the load balancer",
    "GET /wechat/picture/{word}": "the platform fetches a picture it checks: sealed, good for two hours",
    "GET /wechat/callback/{name}": "the platform verifies the address by its signature",
    "MOUNT /static": "style sheets and pictures",
    "POST /console/invitation/{token}": "the link of 256 bits works once and for 72 hours",
    "POST /console/login": "whoever logs in is not known yet; tries are counted",
    "POST /console/login/code": "the password was right; tries are counted by account",
    "POST /console/login/wechat": "asks for a QR code that is worth nothing without a phone",
    "POST /console/login/wechat/enter": "lets in the browser whose code a known phone confirmed",
    "POST /door/api/open": "whoever holds link and PIN; five wrong ones close it for a while",
    "POST /door/api/scans": "the bound device: its reach is one session",
    "POST /m/bind": "the phone is known by a sealed cookie; tries are counted by phone",
    "POST /m/bind/ask": "the same form, when the name does not fit: tries are counted alike",
    "GET /m/bind/asked": "the sentence after asking; it names nobody",
    "POST /v1/login-sessions": "whoever logs in is not known yet; tries are counted",
    "POST /wechat/callback/{name}": "pushes are trusted by signature and cipher, not by login",
    "POST /wechat/login/{account}": "a mini-program trades its one-time code for a login",
}


@dataclass(frozen=True)
class Address:
    """One method of one path; `knows_actor` when it declares the `Authed` dependency."""

    name: str
    knows_actor: bool
    scope: str | None
    calls: bool = False


def _dependants(dependant: Any) -> Iterator[Any]:
    yield dependant
    for inner in dependant.dependencies:
        yield from _dependants(inner)


def addresses(app: FastAPI) -> list[Address]:
    """Every address, those left out of the contract included; routers are included lazily."""
    found = []
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, RouteIndex):
            continue  # stands in for the others
        dependant = getattr(route, "dependant", None)
        inner = list(_dependants(dependant)) if dependant else []
        opening = [one for one in inner if one.call in (OPENS, OPENS_HOT)]
        scope = opening[0].scope if opening else None
        methods = sorted((route.methods or {"MOUNT"}) - {"HEAD"})
        calls = not opening and any(one.call is CALLS for one in inner)
        found += [
            Address(f"{method} {route.path}", bool(opening), scope, calls) for method in methods
        ]
    return found


def unguarded(found: list[Address], public: dict[str, str]) -> list[str]:
    """Addresses that anybody may ask without it being said why."""
    return [a.name for a in found if not (a.knows_actor or a.calls or public.get(a.name))]


def commit_too_late(found: list[Address]) -> list[str]:
    """With another scope than `function` the 200 leaves before the commit."""
    return [a.name for a in found if a.knows_actor and a.scope != "function"]


def in_contract(app: FastAPI) -> set[str]:
    paths = openapi_of(app)["paths"]
    return {f"{method.upper()} {path}" for path, item in paths.items() for method in item}


def said_open(app: FastAPI) -> set[str]:
    """What the contract tells clients they need no login for."""
    paths = openapi_of(app)["paths"]
    return {
        f"{method.upper()} {path}"
        for path, item in paths.items()
        for method, operation in item.items()
        if operation.get("security") == []
    }


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app(Settings(demo=True, database_url="postgresql+asyncpg://localhost/none"))


def test_every_address_knows_the_actor_or_is_listed_public(app: FastAPI) -> None:
    assert not unguarded(addresses(app), PUBLIC)


def test_every_public_address_exists_and_is_open(app: FastAPI) -> None:
    found = addresses(app)
    assert set(PUBLIC) == {one.name for one in found if not (one.knows_actor or one.calls)}
    assert set(OPENS_ITSELF) == {one.name for one in found if one.calls}


def test_every_unit_of_work_ends_before_the_answer(app: FastAPI) -> None:
    assert not commit_too_late(addresses(app))


def test_every_address_of_the_contract_is_seen_by_these_rules(app: FastAPI) -> None:
    seen = {address.name for address in addresses(app)}
    assert in_contract(app) <= seen
    assert len([name for name in seen if " /v1/" in name]) > 50


def test_the_contract_says_which_calls_need_no_login(app: FastAPI) -> None:
    public_calls = {name for name in PUBLIC if name in in_contract(app) and " /v1/" in name}
    assert {name for name in said_open(app) if " /v1/" in name} == public_calls


def _planted() -> FastAPI:
    router = APIRouter(prefix="/v1")

    @router.get("/open")
    async def anybody() -> str:
        return "everything"

    @router.get("/hidden", include_in_schema=False)
    async def nobody_sees() -> str:
        return "everything"

    @router.get("/guarded")
    async def known(ctx: Authed) -> str:
        return str(ctx.today)

    @router.get("/late")
    async def late(ctx: Annotated[Any, Depends(OPENS)]) -> str:
        return str(ctx.today)

    planted = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    planted.include_router(router)
    return planted


def test_an_unguarded_route_is_caught() -> None:
    found = addresses(_planted())
    assert unguarded(found, {}) == ["GET /v1/open", "GET /v1/hidden"]
    assert unguarded(found, {"GET /v1/open": "the weather", "GET /v1/hidden": ""}) == [
        "GET /v1/hidden"
    ]


def test_a_late_commit_is_caught() -> None:
    assert commit_too_late(addresses(_planted())) == ["GET /v1/late"]
