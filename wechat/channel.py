"""How does a notification reach a phone? Implements `app.notifications.ports.Channel`."""

from collections.abc import Mapping

import structlog

from app.channels.kinds import SERVICE_ACCOUNT
from app.notifications.kinds import DeliveryState, Kind
from app.notifications.ports import Message, Verdict
from wechat.accounts import AccountBook
from wechat.gateway import Gateway, NoAnswer, PlatformDown
from wechat.policy import verdict_of
from wechat.templates import TEMPLATES, data_of
from wechat.tokens import TokenUnavailable

log = structlog.get_logger()

TRY_AGAIN_SECONDS = 5.0
SEND = "/cgi-bin/message/template/send"


class WechatChannel:
    """Sends template messages of the district's service account.

    The delivery's id goes along as `client_msg_id`: after a time-out the same
    message may be sent again within ten minutes and shows only once.
    """

    def __init__(
        self, gateway: Gateway, book: AccountBook, template_ids: Mapping[str, str]
    ) -> None:
        self._gateway = gateway
        self._book = book
        self._template_ids = template_ids

    async def send(self, message: Message) -> Verdict:
        account = await self._book.of_district(message.district_id, SERVICE_ACCOUNT)
        if account is None:
            return Verdict(DeliveryState.FAILED, "no_account")
        kind = Kind(message.kind)
        body = {
            "touser": message.address,
            "template_id": self._template_ids.get(kind, TEMPLATES[kind].demo_id),
            "client_msg_id": message.delivery_id.hex,
            "data": data_of(kind, message.fields),
        }
        try:
            answer = await self._gateway.post(account, SEND, body)
        except NoAnswer:
            # Reason `no_answer` keeps the first attempt's time: after nine minutes it is 待核实.
            return Verdict(DeliveryState.PENDING, "no_answer", retry_in_seconds=TRY_AGAIN_SECONDS)
        except (PlatformDown, TokenUnavailable) as exc:
            reason = "platform_down" if isinstance(exc, PlatformDown) else "no_token"
            return Verdict(DeliveryState.PENDING, reason, retry_in_seconds=TRY_AGAIN_SECONDS)
        if answer.errcode:
            log.warning("wechat_send_refused", errcode=answer.errcode, kind=kind.value)
        msgid = answer.data.get("msgid")
        return verdict_of(answer.errcode, str(msgid) if msgid else None)
