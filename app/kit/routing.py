"""How is one of hundreds of routes found at once?

FastAPI goes through all routers one after the other, twice a request, and asks each time whether any
of them has changed: a fifth of a booking's processor time, and more for what comes later (measured;
docs/architecture.md). Here the first two parts of an address choose among a handful. Whatever this
does not find goes the framework's own way: 404, 405, a missing slash.
"""

from copy import copy

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute, Match, compile_path
from starlette.types import Receive, Scope, Send

Parts = tuple[str, str]


def _parts(path: str) -> Parts:
    """The first two parts of an address, or of a pattern: `/v1/bookings/{id}` → v1, bookings."""
    _, first, second, *_ = f"{path}//".split("/", 3)
    return first, second


def _is_open(part: str) -> bool:
    """A pattern's part that stands for anything."""
    return "{" in part


class RouteIndex(BaseRoute):
    """Every route of the application that was there when it was made, in the order of registration."""

    def __init__(self, app: FastAPI) -> None:
        whole = [_at_its_address(one.route, one.path) for one in iter_route_contexts(app.routes)]
        routes = [(_parts(route.path), route) for route in whole if route is not None]
        self._found = {
            wanted: [
                route
                for (first, second), route in routes
                if first == wanted[0] and (second == wanted[1] or _is_open(second))
            ]
            for wanted in dict(routes)
        }
        # By the first part alone: an address whose second part is nobody's own word.
        self._open = {
            first: found for (first, second), found in self._found.items() if _is_open(second)
        }

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http":
            wanted = _parts(scope["path"])
            for route in self._found.get(wanted) or self._open.get(wanted[0]) or ():
                match, found = route.matches(scope)
                if match is Match.FULL:
                    return match, found
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["route"].handle(scope, receive, send)


def _at_its_address(route: BaseRoute, path: str | None) -> APIRoute | None:
    """The route under its whole address; None where the index cannot stand in for the framework."""
    if not isinstance(route, APIRoute) or path is None or _is_open(_parts(path)[0]):
        return None
    there = copy(route)
    there.path = path
    there.path_regex, there.path_format, there.param_convertors = compile_path(path)
    return there


def install(app: FastAPI) -> None:
    """After all routers are included; none of ours adds dependencies where it is included."""
    app.router.routes.insert(0, RouteIndex(app))
