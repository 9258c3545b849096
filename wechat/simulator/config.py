"""Which account, which people and which rules does a simulator start with?"""

from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field

REPLY_TIMEOUT_SECONDS = 5.0  # the platform drops the connection after five seconds
PUSH_TRIES = 3


class Mode(StrEnum):
    """How callbacks are sealed, as chosen in the account's console."""

    SAFE = "safe"
    PLAIN = "plain"
    COMPATIBLE = "compatible"


class AccountConfig(BaseModel):
    """One service account and the mini-program linked to it."""

    account: str
    callback_url: str
    token: str
    aes_key: str
    appid: str
    secret: str
    original_id: str
    name: str = "服务号"
    miniprogram_appid: str = ""
    miniprogram_secret: str = ""


class PhoneConfig(BaseModel):
    """A person of the demo; they follow the account unless the file says otherwise."""

    name: str
    openid: str
    role: str = ""
    mp_openid: str = ""
    unionid: str = ""
    note: str = ""
    following: bool = True


class TemplateConfig(BaseModel):
    """A template of the account's library: its title and the label of each key."""

    title: str
    fields: dict[str, str] = Field(default_factory=dict)
    one_time: bool = False  # sent only after a tap; listed apart


class SimulatorConfig(BaseModel):
    """Everything decided before start; an empty `templates` accepts any template id."""

    wechat: AccountConfig
    base_url: str = ""
    simulator_url: str = ""
    phones: list[PhoneConfig] = Field(default_factory=list)
    scenes: dict[str, str] = Field(default_factory=dict)
    templates: dict[str, TemplateConfig] = Field(default_factory=dict)
    mode: Mode = Mode.SAFE
    state_path: Path | None = None
    reply_timeout_seconds: float = REPLY_TIMEOUT_SECONDS

    @classmethod
    def load(cls, path: Path, *, state_path: Path | None = None) -> Self:
        config = cls.model_validate_json(path.read_text(encoding="utf-8"))
        return config.model_copy(update={"state_path": state_path})
