"""What does the simulated platform remember?"""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from wechat.simulator.config import Mode


class Direction(StrEnum):
    """Seen from the phone."""

    SENT = "sent"
    RECEIVED = "received"
    NOTICE = "notice"


class Kind(StrEnum):
    TEXT = "text"
    NEWS = "news"
    TEMPLATE = "template"
    NOTICE = "notice"


class Row(BaseModel):
    """One key-value line of a template card."""

    key: str
    label: str
    value: str


class Message(BaseModel):
    """One entry of a phone's chat with the account."""

    id: int = 0
    direction: Direction
    kind: Kind
    text: str = ""
    title: str = ""
    data: list[Row] = Field(default_factory=list)
    url: str = ""
    miniprogram_path: str = ""
    template_id: str = ""
    msgid: int = 0
    via: str = ""
    at: int = 0


class Window(BaseModel):
    """How long, and how often, the account may write after something a person did."""

    opened_at: int = 0
    used: int = 0


class Accepted(BaseModel):
    """A template message remembered under its client_msg_id."""

    msgid: int
    at: int


class Push(BaseModel):
    """One callback as it went out, kept so that it can be sent again."""

    openid: str
    xml: str
    answerable: bool
    query: dict[str, str] = Field(default_factory=dict)
    body: str = ""


class Phone(BaseModel):
    name: str
    openid: str
    role: str = ""
    mp_openid: str = ""
    unionid: str = ""
    note: str = ""
    following: bool = False
    subscribe_time: int = 0
    subscribe_scene: str = "ADD_SCENE_SEARCH"
    qr_scene: str = ""
    messages: list[Message] = Field(default_factory=list)
    seen: int = 0
    after_text: Window = Field(default_factory=Window)
    after_tap: Window = Field(default_factory=Window)
    accepted: dict[str, Accepted] = Field(default_factory=dict)
    last_push: Push | None = None
    grants: dict[str, int] = Field(default_factory=dict)
    visited_at: int = 0
    articles_at: list[int] = Field(default_factory=list)
    tags: set[int] = Field(default_factory=set)
    client: str = "2"  # Android

    @property
    def unread(self) -> int:
        return sum(m.id > self.seen and m.direction is Direction.RECEIVED for m in self.messages)


class QrCode(BaseModel):
    """A code with a scene; `expires_at` is None for a permanent one."""

    ticket: str
    url: str
    scene: str
    numeric: bool
    created_at: int
    expires_at: int | None

    def live(self, now: int) -> bool:
        return self.expires_at is None or now < self.expires_at


class ConditionalMenu(BaseModel):
    """A menu for whoever carries a tag, or uses one kind of client; 0 and "" are no condition."""

    menu_id: int
    button: list[dict[str, Any]]
    tag_id: int = 0
    client: str = ""


class Draft(BaseModel):
    """An article among the drafts; `url` is where 阅读原文 leads."""

    title: str
    content: str
    url: str


class Verdict(BaseModel):
    """A scripted word of the content check: for texts that contain it, or (empty) for pictures."""

    suggest: str
    label: int = 100
    contains: str = ""


class Token(BaseModel):
    value: str
    appid: str
    stable: bool
    expires_at: int
    replaced_at: int | None = None


class LoginCode(BaseModel):
    """A code a phone hands to the product once: mini-program login or web OAuth."""

    code: str
    openid: str
    scope: str
    expires_at: int
    used: bool = False


class World(BaseModel):
    """All state of one simulator; what is not in here does not survive a restart."""

    phones: dict[str, Phone] = Field(default_factory=dict)
    qrcodes: dict[str, QrCode] = Field(default_factory=dict)
    menu: dict[str, Any] | None = None
    menu_id: int = 0
    conditional: list[ConditionalMenu] = Field(default_factory=list)
    tags: dict[int, str] = Field(default_factory=dict)
    last_tag: int = 0
    gone_templates: set[str] = Field(default_factory=set)
    tokens: list[Token] = Field(default_factory=list)
    forced_refreshes: dict[str, list[int]] = Field(default_factory=dict)
    login_codes: dict[str, LoginCode] = Field(default_factory=dict)
    jsapi_ticket: Token | None = None
    used_today: dict[str, int] = Field(default_factory=dict)
    usage_day: str = ""
    daily_limits: dict[str, int] = Field(default_factory=dict)
    banned_templates: set[str] = Field(default_factory=set)
    materials: list[str] = Field(default_factory=list)
    drafts: dict[str, Draft] = Field(default_factory=dict)
    masses: dict[str, int] = Field(default_factory=dict)
    verdicts: list[Verdict] = Field(default_factory=list)
    sequence: int = 0
    clock_offset: int = 0
    mode: Mode = Mode.SAFE

    def next_id(self) -> int:
        self.sequence += 1
        return self.sequence
