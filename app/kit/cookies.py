"""Which cookies does a browser hold for us, and under which names?

A `__Host-` cookie belongs to one host, all of it, over https only. A demonstration
over plain http on the own machine cannot have those: there the bare name is used.
"""

from fastapi import Request, Response

LOGIN = "login"
PHONE = "phone"  # the sealed openid of a phone that WeChat has just recognised


def name_of(request: Request, what: str) -> str:
    """The cookie's full name for this connection; bare only in demo mode over plain http."""
    return what if _is_plain(request) else f"__Host-{what}"


def read_cookie(request: Request, what: str) -> str | None:
    return request.cookies.get(name_of(request, what))


def put_cookie(
    request: Request, response: Response, what: str, value: str, seconds: int | None = None
) -> None:
    """Scripts cannot read it, other sites cannot post with it; without `seconds` it ends with the browser."""
    response.set_cookie(
        name_of(request, what),
        value,
        max_age=seconds,
        path="/",
        secure=not _is_plain(request),
        httponly=True,
        samesite="lax",
    )


def drop_cookie(request: Request, response: Response, what: str) -> None:
    put_cookie(request, response, what, "", 0)


def _is_plain(request: Request) -> bool:
    return bool(request.app.state.settings.demo) and request.url.scheme == "http"
