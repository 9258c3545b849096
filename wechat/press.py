"""Articles: drafts, the one mass call, free publication. Implements `app.announcements.ports.Press`."""

import io
from functools import lru_cache
from html import escape
from uuid import UUID

import structlog
from PIL import Image, ImageDraw

from app.announcements.ports import Ending, Letter, Said
from app.announcements.rules import paragraphs
from app.channels.accounts import Account
from app.channels.kinds import SERVICE_ACCOUNT
from app.channels.rules import USED_UP
from wechat.accounts import AccountBook
from wechat.gateway import Answer, Gateway, NoAnswer, PlatformDown
from wechat.tokens import TokenUnavailable

log = structlog.get_logger()

MATERIAL = "/cgi-bin/material/add_material"
DRAFT = "/cgi-bin/draft/add"
MASS = "/cgi-bin/message/mass/send"
PUBLISH = "/cgi-bin/freepublish/submit"
CUSTOM = "/cgi-bin/message/custom/send"
MOST_OPENIDS, LEAST_OPENIDS = 10_000, 2
# Sent already under this name; busy; later. (wechat-platform, section 6)
REPEATED, TOO_FAST = 45065, 45066
BUSY = frozenset({-1, 61450, 45011, 44990, TOO_FAST})
LONGEST_TITLE = 64
SOON = 1.0  # after somebody looked whether it was stopped; with connecting, a stop holds after 2 s
LEAVES_NO_DOUBT = (PlatformDown, TokenUnavailable)


class WechatPress:
    """The service account's press. `base_url` is where 阅读原文 leads."""

    def __init__(self, gateway: Gateway, book: AccountBook, base_url: str) -> None:
        self._gateway = gateway
        self._book = book
        self._base_url = base_url
        self._covers: dict[str, str] = {}

    async def draft(self, letter: Letter) -> Said:
        """Among the drafts, with our cover. An answer that got lost leaves a draft nobody sees."""
        account = await self._account(letter.district_id)
        if account is None:
            return Said(Ending.NO_ACCOUNT)
        try:
            thumb = await self._cover(account)
            if isinstance(thumb, Said):
                return thumb
            article = {
                "title": letter.title[:LONGEST_TITLE],
                "content": article_html(letter.body),
                "content_source_url": f"{self._base_url}{letter.path}",
                "thumb_media_id": thumb,
                "need_open_comment": 0,
            }
            answer = await self._gateway.post(account, DRAFT, {"articles": [article]})
        except (NoAnswer, *LEAVES_NO_DOUBT):
            return Said(Ending.LATER, reason="微信暂时没有答复")
        return _said(answer, "media_id")

    async def _cover(self, account: Account) -> str | Said:
        if account.name not in self._covers:
            answer = await self._gateway.upload(account, MATERIAL, "cover.jpg", cover())
            said = _said(answer, "media_id")
            if said.ending is not Ending.TAKEN:
                return said
            self._covers[account.name] = said.number
        return self._covers[account.name]

    async def send(
        self, district_id: UUID, media_id: str, openids: list[str], client_id: str
    ) -> Said:
        """One call to at most ten thousand, now or not at all (`LATER`). 45065 means it went out before: its number comes along."""
        account = await self._account(district_id)
        if account is None:
            return Said(Ending.NO_ACCOUNT)
        if len(openids) > MOST_OPENIDS:
            return Said(Ending.REFUSED, reason=f"超过 {MOST_OPENIDS} 人，请分两次发")
        # The platform wants two at least; the same one twice is one message.
        people = openids if len(openids) >= LEAST_OPENIDS else openids * LEAST_OPENIDS
        body = {
            "touser": people,
            "mpnews": {"media_id": media_id},
            "msgtype": "mpnews",
            "send_ignore_reprint": 0,
            "clientmsgid": client_id[:64],
        }
        try:
            answer = await self._gateway.post(account, MASS, body, begin_within=SOON)
        except (NoAnswer, *LEAVES_NO_DOUBT):
            return Said(Ending.LATER, reason="微信暂时没有答复")
        return _said(answer, "msg_id")

    async def publish(self, district_id: UUID, media_id: str) -> Said:
        account = await self._account(district_id)
        if account is None:
            return Said(Ending.NO_ACCOUNT)
        try:
            answer = await self._gateway.post(account, PUBLISH, {"media_id": media_id})
        except LEAVES_NO_DOUBT:
            return Said(Ending.LATER, reason="微信暂时没有答复")
        except NoAnswer:
            # Published twice would be two articles: a person looks.
            return Said(Ending.REFUSED, reason="微信没有答复，请到公众平台核实")
        return _said(answer, "publish_id")

    async def remind(self, district_id: UUID, openid: str, words: str) -> Ending:
        account = await self._account(district_id)
        if account is None:
            return Ending.NO_ACCOUNT
        body = {"touser": openid, "msgtype": "text", "text": {"content": words}}
        try:
            answer = await self._gateway.post(account, CUSTOM, body)
        except (NoAnswer, *LEAVES_NO_DOUBT):
            return Ending.LATER
        return _said(answer, "msgid").ending

    async def _account(self, district_id: UUID) -> Account | None:
        return await self._book.of_district(district_id, SERVICE_ACCOUNT)


def _said(answer: Answer, name: str) -> Said:
    number = str(answer.data.get(name) or "")
    if answer.errcode in (0, REPEATED):
        return Said(Ending.TAKEN, number)
    log.warning("wechat_press_refused", errcode=answer.errcode)
    reason = f"微信返回 {answer.errcode}"
    if answer.errcode == USED_UP:
        return Said(Ending.TOMORROW, reason=reason)
    return Said(Ending.LATER if answer.errcode in BUSY else Ending.REFUSED, reason=reason)


def article_html(body: str) -> str:
    """Paragraphs with every sign escaped; addresses stand as words, an article's links are the platform's."""
    return "".join(
        f"<p>{escape(''.join(piece.text for piece in pieces))}</p>" for pieces in paragraphs(body)
    )


@lru_cache(maxsize=1)
def cover() -> bytes:
    """A plain picture in our ink, 900 × 383 as articles show it."""
    picture = Image.new("RGB", (900, 383), "#fdf3ee")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((335, 76, 565, 306), outline="#a3231b", width=14)
    pen.ellipse((365, 106, 535, 276), outline="#a3231b", width=5)
    pen.polygon([(450, 131), (508, 246), (392, 246)], fill="#a3231b")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()
