"""What goes into the log, and what can never get there?"""

import logging
import re
import sys
import time
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import EventDict

from app.kit.ids import new_id
from app.kit.metrics import REQUEST_SECONDS

_FORBIDDEN_KEYS = frozenset(
    "name names openid unionid phone mobile password secret token cookie authorization body "
    "content address student_no params url query".split()
)
_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_OPENID = re.compile(r"\b[om][A-Za-z0-9_-]{20,40}\b")
_CHINESE_ID = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
HIDDEN = "***"
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})


def hide_personal(_: Any, __: str, event: EventDict) -> EventDict:
    """The one processor that keeps personal data out: by key, and by shape of the value."""
    for key, value in event.items():
        if key in _FORBIDDEN_KEYS:
            event[key] = HIDDEN
        elif isinstance(value, str):
            event[key] = hide_in_text(value)
    return event


def hide_in_text(value: str) -> str:
    for shape in (_CHINESE_ID, _PHONE, _OPENID):
        value = shape.sub(HIDDEN, value)
    return value


class _StandardRecords(logging.Handler):
    """Sends the standard library's records through the same processor."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger(record.name).log(record.levelno, record.getMessage())


def configure(level: str) -> None:
    """JSON lines on standard error. Exceptions keep their frames but lose their values.

    Statement parameters never appear: SQLAlchemy is created with
    `hide_parameters` semantics by logging only the exception's type.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _frames_only,
            hide_personal,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [_StandardRecords()]
    root.setLevel(logging.WARNING)


def _frames_only(_: Any, __: str, event: EventDict) -> EventDict:
    exc = event.pop("exc_info", None)
    if isinstance(exc, BaseException):
        frames = []
        trace = exc.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            frames.append(f"{code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno} {code.co_name}")
            trace = trace.tb_next
        event["frames"] = frames[-12:]
    return event


class RequestLog:
    """One line a request: the route's pattern, never the address with its ids and tokens."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = new_id().hex
        scope.setdefault("state", {})["request_id"] = request_id
        status = 500

        async def remember_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode()))
            await send(message)

        try:
            await self._app(scope, receive, remember_status)
        finally:
            _write_line(scope, status, time.perf_counter() - started, request_id)


def _write_line(scope: Scope, status: int, seconds: float, request_id: str) -> None:
    route = getattr(scope.get("route"), "path", "-")
    REQUEST_SECONDS.labels(scope["method"], route, status).observe(seconds)
    if route in _QUIET:
        return
    structlog.get_logger().info(
        "request",
        method=scope["method"],
        route=route,
        status=status,
        ms=round(seconds * 1000, 1),
        request_id=request_id,
    )
