"""Content safety of the platform. Implements `app.moderation.ports.Checker`."""

from datetime import date
from typing import Any

import structlog

from app.channels.accounts import Account
from app.channels.kinds import MINIPROGRAM
from app.channels.rules import USED_UP
from app.moderation.ports import Asked, Opinion, Suggestion
from wechat.accounts import AccountBook
from wechat.gateway import Answer, Gateway, NoAnswer, PlatformDown
from wechat.picture_links import PictureLinks
from wechat.tokens import TokenUnavailable

TEXT, MEDIA = "/wxa/msg_sec_check", "/wxa/media_check_async"
VERSION, COMMENT, PICTURE = 2, 2, 2
LONGEST = 2_500  # characters a call
LABELS = {
    100: "",
    10001: "广告",
    20001: "时政",
    20002: "色情",
    20003: "辱骂",
    20006: "违法犯罪",
    20008: "欺诈",
    20012: "低俗",
    20013: "版权",
    21000: "其他",
}
SEVERITY = (Suggestion.RISKY, Suggestion.REVIEW, Suggestion.UNABLE, Suggestion.LATER)
log = structlog.get_logger()


class WechatChecker:
    """Asks the mini-program's account; errcode 0 is not "clean", the result is read.

    Without an openid of the mini-program, a visit within two hours (61010), or quota: a person.
    """

    def __init__(self, gateway: Gateway, book: AccountBook, links: PictureLinks) -> None:
        self._gateway = gateway
        self._book = book
        self._links = links
        self._used_up: dict[tuple[str, str], date] = {}  # account and API → that day

    async def check(self, asked: Asked) -> Opinion:
        account = await self._book.of_district(asked.district_id, MINIPROGRAM)
        if account is None or asked.openid is None:
            return Opinion(Suggestion.UNABLE)
        try:
            if asked.file_id is not None:
                return await self._picture(account, asked)
            return await self._text(account, asked)
        except (NoAnswer, PlatformDown, TokenUnavailable):
            return Opinion(Suggestion.LATER)  # asked again, until the two hours are over

    async def _text(self, account: Account, asked: Asked) -> Opinion:
        """A long text in parts; the strictest word counts."""
        found = []
        for start in range(0, len(asked.body), LONGEST):
            body = {
                "version": VERSION,
                "openid": asked.openid,
                "scene": COMMENT,
                "content": asked.body[start : start + LONGEST],
            }
            found.append(opinion_of(await self._ask(account, TEXT, body, asked.day)))
        for suggestion in SEVERITY:
            if strict := next((one for one in found if one.suggestion is suggestion), None):
                return strict
        return found[-1]

    async def _picture(self, account: Account, asked: Asked) -> Opinion:
        """The verdict comes within half an hour as a push, under the trace id."""
        body = {
            "media_url": self._links.make(asked.district_id, asked.item_id),
            "media_type": PICTURE,
            "version": VERSION,
            "openid": asked.openid,
            "scene": COMMENT,
        }
        answer = await self._ask(account, MEDIA, body, asked.day)
        if answer.errcode:
            return _unable(answer)
        trace = str(answer.data.get("trace_id") or "")
        return Opinion(Suggestion.LATER if trace else Suggestion.UNABLE, trace or None)

    async def _ask(self, account: Account, path: str, body: dict[str, Any], today: date) -> Answer:
        """With the day's calls used up nobody asks again before tomorrow: people check meanwhile."""
        key = (account.appid, path)
        if self._used_up.get(key) == today:
            return Answer(USED_UP, "", {})
        answer = await self._gateway.post(account, path, body)
        if answer.errcode == USED_UP:
            self._used_up[key] = today
        return answer


def opinion_of(answer: Answer) -> Opinion:
    if answer.errcode:
        return _unable(answer)
    return judged(answer.data.get("result"), str(answer.data.get("trace_id") or "") or None)


def judged(result: object, trace_id: str | None) -> Opinion:
    """`{suggest, label}` of an answer or a push; what we cannot read, a person looks at."""
    given = result if isinstance(result, dict) else {}
    word, label = str(given.get("suggest", "")), str(given.get("label", ""))
    known = {"pass": Suggestion.PASS, "review": Suggestion.REVIEW, "risky": Suggestion.RISKY}
    said = LABELS.get(int(label), "其他") if label.isascii() and label.isdigit() else ""
    return Opinion(known.get(word, Suggestion.REVIEW), trace_id, f"微信：{said}" if said else "")


def _unable(answer: Answer) -> Opinion:
    log.warning("wechat_check_refused", errcode=answer.errcode)
    return Opinion(Suggestion.UNABLE, label=f"微信没有检查（{answer.errcode}）")
