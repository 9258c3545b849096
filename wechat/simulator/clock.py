"""What time is it on the simulated platform?"""

import time


class VirtualClock:
    """The platform's own time: the machine's plus whatever the control API added.

    Windows, tokens, codes and message times follow it. Transport time-outs and the
    callback's signature timestamp do not, so a receiver that refuses stale
    signatures still accepts ours after a jump of two days.
    """

    def __init__(self, offset: int = 0) -> None:
        self.offset = offset

    def now(self) -> int:
        return int(time.time()) + self.offset

    @staticmethod
    def wall() -> int:
        return int(time.time())

    def advance(self, seconds: int) -> None:
        self.offset += seconds
