"""Which calls go wrong on purpose?"""

from pydantic import BaseModel, Field, model_validator

EVERY_PATH = "*"


class Fault(BaseModel):
    """One scripted failure of an API path.

    `times` None lasts until deleted. `after` lets the call take effect first and then
    spoils the answer: the case where a caller cannot know whether its message went out.
    `every` n spoils each n-th call only, so that 20 is five per cent. `path` `*` is every API.
    `delay_seconds` alone is no failure: the platform is slow, and answers by its rules.
    `job_status` alone leaves the call alone and makes the later delivery notice a failure.
    """

    path: str
    errcode: int | None = None
    errmsg: str = "injected fault"
    delay_seconds: float = Field(default=0, ge=0)
    hang: bool = False
    http_status: int | None = Field(default=None, ge=400, le=599)
    job_status: str = ""
    after: bool = False
    times: int | None = Field(default=1, ge=1)
    every: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def does_something(self) -> "Fault":
        effects = (self.errcode is not None, self.delay_seconds, self.hang, self.http_status)
        if not any((*effects, self.job_status)):
            message = "errcode、delay_seconds、hang、http_status、job_status 至少要有一个"
            raise ValueError(message)
        return self


class Faults:
    """The list of scripted failures; the first one that fits is used up first."""

    def __init__(self) -> None:
        self.active: list[Fault] = []
        self.generation = 0
        self._calls: dict[str, int] = {}

    def add(self, fault: Fault) -> None:
        self.active.append(fault)

    def clear(self) -> None:
        """Forget all, and let go of every call that hangs."""
        self.active.clear()
        self.generation += 1

    def take(self, path: str) -> Fault | None:
        for counted in (path, EVERY_PATH):
            self._calls[counted] = self._calls.get(counted, 0) + 1
        for fault in self.active:
            if fault.path not in (path, EVERY_PATH) or self._calls[fault.path] % fault.every:
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self.active.remove(fault)
            return fault.model_copy()
        return None
