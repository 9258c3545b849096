"""How does a notification reach a phone? Implements `app.notifications.ports.Channel`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog

from app.channels.accounts import Account
from app.channels.kinds import SERVICE_ACCOUNT, ItemKind, Way
from app.notifications.kinds import DeliveryState, Kind
from app.notifications.ports import Message, Verdict
from app.notifications.rules import in_words
from wechat.accounts import AccountBook
from wechat.gateway import Answer, Gateway, NoAnswer, PlatformDown
from wechat.policy import POLICY, verdict_of
from wechat.quotas import read_quota
from wechat.templates import PAGES, data_of, misfits
from wechat.tokens import TokenUnavailable

log = structlog.get_logger()

TRY_AGAIN_SECONDS = 5.0
SEND = "/cgi-bin/message/template/send"
CUSTOMER = "/cgi-bin/message/custom/send"
BIZSEND = "/cgi-bin/message/subscribe/bizsend"
SUBSCRIBE = "/cgi-bin/message/subscribe/send"
METERS = {Way.CUSTOMER: CUSTOMER, Way.TEMPLATE: SEND, Way.GRANT: BIZSEND}
PAGE_REFUSED = 41030
LONGEST_TEXT = 2000  # bytes; the platform takes 2,048


class WechatChannel:
    """Sends over the district's accounts, each way with its own call.

    A template message carries the delivery's id as `client_msg_id`: after a time-out the same
    message may be sent again within ten minutes and shows only once. The other ways have no such
    memory; `app.notifications` never repeats them.
    """

    def __init__(
        self,
        gateway: Gateway,
        book: AccountBook,
        template_ids: Mapping[str, str],
        subscribe_ids: Mapping[str, str],
        site: str = "",
    ) -> None:
        self._gateway = gateway
        self._book = book
        self._template_ids = template_ids
        self._subscribe_ids = subscribe_ids
        self._site = site  # our public address; without one a message opens no page
        self._pageless: set[tuple[UUID, str]] = set()

    def meter(self, way: Way) -> str:
        return METERS[way]

    async def quota(self, district_id: UUID, way: Way) -> tuple[int, int] | None:
        account = await self._book.of_district(district_id, SERVICE_ACCOUNT)
        if account is None:
            return None
        try:
            return await read_quota(self._gateway, account, METERS[way])
        except (NoAnswer, PlatformDown, TokenUnavailable):
            return None

    def carries(self, kind: str) -> frozenset[Way]:
        """A kind goes as a template, or as a subscription message, only where one is named for it."""
        ways = {Way.CUSTOMER}
        if kind in self._template_ids:
            ways.add(Way.TEMPLATE)
        if kind in self._subscribe_ids:
            ways.add(Way.GRANT)
        return frozenset(ways)

    async def send(self, message: Message) -> Verdict:
        account = await self._book.of_district(message.district_id, message.account)
        if account is None:
            return Verdict(DeliveryState.FAILED, "no_account")
        if message.way is not Way.CUSTOMER and (
            wrong := misfits(Kind(message.kind), message.fields)
        ):
            return Verdict(DeliveryState.FAILED, f"field:{wrong[0]}", item=ItemKind.TEMPLATE_FIELD)
        path, body = self._call(message)
        try:
            return await self._sent(account, message, path, body)
        except NoAnswer:
            # Reason `no_answer` keeps the first attempt's time: after nine minutes it is 待核实.
            return Verdict(DeliveryState.PENDING, "no_answer", retry_in_seconds=TRY_AGAIN_SECONDS)
        except PlatformDown:
            return _later("platform_down")
        except TokenUnavailable as exc:
            return _without_token(exc)

    async def _sent(
        self, account: Account, message: Message, path: str, body: dict[str, Any]
    ) -> Verdict:
        """A page that the platform does not open is left out, now and from then on; a person is told."""
        verdict = _read(await self._gateway.post(account, path, body), message.kind)
        if verdict.errcode != PAGE_REFUSED or not {"url", "page"} & set(body):
            return verdict
        self._pageless.add((message.district_id, message.kind))
        bare = {name: value for name, value in body.items() if name not in ("url", "page")}
        again = _read(await self._gateway.post(account, path, bare), message.kind)
        return replace(again, item=again.item or verdict.item, rid=again.rid or verdict.rid)

    def _page(self, message: Message) -> str:
        """What a tap on the message opens; nothing where the platform has refused it before."""
        path = PAGES.get(Kind(message.kind))
        if not self._site or path is None or (message.district_id, message.kind) in self._pageless:
            return ""
        return f"{self._site}{path}"

    def _call(self, message: Message) -> tuple[str, dict[str, Any]]:
        kind = Kind(message.kind)
        if message.way is Way.CUSTOMER:
            words = at_most(in_words(kind, message.fields))
            body = {"touser": message.address, "msgtype": "text", "text": {"content": words}}
            return CUSTOMER, body
        data, page = data_of(kind, message.fields), self._page(message)
        if message.way is Way.TEMPLATE:
            return SEND, {
                "touser": message.address,
                "template_id": self._template_ids[kind],
                "client_msg_id": message.delivery_id.hex,
                **({"url": page} if page else {}),
                "data": data,
            }
        body = {"touser": message.address, "template_id": self._subscribe_ids[kind], "data": data}
        if message.account == SERVICE_ACCOUNT:
            return BIZSEND, {**body, **({"page": page} if page else {})}
        return SUBSCRIBE, {**body, "miniprogram_state": "formal", "lang": "zh_CN"}


def _read(answer: Answer, kind: str) -> Verdict:
    if answer.errcode:
        log.warning("wechat_send_refused", errcode=answer.errcode, kind=kind)
    msgid = answer.data.get("msgid")
    return verdict_of(answer.errcode, str(msgid) if msgid else None, answer.errmsg)


def _later(reason: str) -> Verdict:
    return Verdict(DeliveryState.PENDING, reason, retry_in_seconds=TRY_AGAIN_SECONDS)


def _without_token(exc: TokenUnavailable) -> Verdict:
    """Nothing was sent. What the platform said about the account decides who is told."""
    if exc.errcode in POLICY:
        said = verdict_of(exc.errcode, None, exc.errmsg)
        if said.state is DeliveryState.PENDING:
            return said
    return _later("no_token")


def at_most(words: str, limit: int = LONGEST_TEXT) -> str:
    """No more bytes than the platform takes, cut at a whole character."""
    data = words.encode()
    return words if len(data) <= limit else data[: limit - 3].decode(errors="ignore") + "…"
