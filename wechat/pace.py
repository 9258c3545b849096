"""How fast may one API of one account be called? A turn each, evenly spaced.

The platform publishes no limit for most of them; people report refusals at a few hundred calls
at once. What it does publish is far below our twenty connections only for the rare calls.
"""

import asyncio

A_SECOND = 400.0  # more than twenty connections can carry: a guard against a loop of ours
SLOW = {
    "/cgi-bin/message/mass/sendall": 1.0,  # 60 a minute
    "/cgi-bin/menu/create": 2.0,
    "/cgi-bin/menu/addconditional": 5.0,
    "/cgi-bin/tags/create": 5.0,
    "/cgi-bin/openapi/quota/get": 10.0,
}


class Pace:
    """The next free moment of each (account, API); whoever asks takes it and waits for it."""

    def __init__(self) -> None:
        self._next: dict[tuple[str, str], float] = {}

    async def turn(self, appid: str, path: str) -> None:
        """Wait for this call's turn."""
        now = asyncio.get_running_loop().time()
        begin = max(self._next.get((appid, path), 0.0), now)
        self._next[appid, path] = begin + 1.0 / SLOW.get(path, A_SECOND)
        if begin > now:
            await asyncio.sleep(begin - now)
