"""How is a callback sealed on the way out, and its answer opened on the way back?"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from wechat.crypto import Cipher, CryptoRefused, signature
from wechat.simulator.config import AccountConfig, Mode
from wechat.simulator.world import Direction, Kind, Message

Elements = Mapping[str, "str | int | Elements"]


class ReplyInvalid(Exception):
    """The account's answer is not one the platform would show."""


@dataclass(frozen=True)
class Sealed:
    query: dict[str, str]
    body: str


def compose(elements: Elements) -> str:
    """The inner XML: texts as CDATA, numbers bare, as the platform writes them."""
    return f"<xml>{_children(elements)}</xml>"


def seal(account: AccountConfig, mode: Mode, openid: str, xml: str, timestamp: int) -> Sealed:
    """Sign with a fresh nonce; encrypt in safe mode, add the ciphertext in compatible mode."""
    stamp, nonce = str(timestamp), str(secrets.randbelow(9 * 10**8) + 10**8)
    query = {
        "signature": signature(account.token, stamp, nonce),
        "timestamp": stamp,
        "nonce": nonce,
        "openid": openid,
    }
    if mode is Mode.PLAIN:
        return Sealed(query, xml)
    encrypted = Cipher(account.aes_key, account.appid).encrypt(xml)
    query["encrypt_type"] = "aes"
    query["msg_signature"] = signature(account.token, stamp, nonce, encrypted)
    if mode is Mode.COMPATIBLE:
        return Sealed(query, xml.replace("</xml>", f"{_child('Encrypt', encrypted)}</xml>"))
    return Sealed(query, compose({"ToUserName": account.original_id, "Encrypt": encrypted}))


def open_reply(account: AccountConfig, mode: Mode, openid: str, body: str) -> Message | None:
    """What the person sees, or None for an answer that only acknowledges.

    In safe mode content must come encrypted and signed; `success` may be bare.
    """
    if body.strip() in {"", "success"}:
        return None
    root = _parse(body)
    encrypted = root.findtext("Encrypt")
    if encrypted is not None and mode is not Mode.PLAIN:
        root = _parse(_decrypt(account, root, encrypted))
    elif mode is Mode.SAFE:
        raise ReplyInvalid("安全模式下的回复没有加密")
    if root.findtext("ToUserName") != openid:
        raise ReplyInvalid("回复的 ToUserName 不是这位用户")
    if root.findtext("FromUserName") != account.original_id:
        raise ReplyInvalid("回复的 FromUserName 不是本号的原始 ID")
    if not (root.findtext("CreateTime") or "").strip().isdigit():
        raise ReplyInvalid("回复没有 CreateTime")
    return _message(root)


def _decrypt(account: AccountConfig, root: Element, encrypted: str) -> str:
    stamp, nonce = root.findtext("TimeStamp") or "", root.findtext("Nonce") or ""
    expected = signature(account.token, stamp, nonce, encrypted)
    given = root.findtext("MsgSignature") or ""
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise ReplyInvalid("回复的 MsgSignature 不正确")
    try:
        return Cipher(account.aes_key, account.appid).decrypt(encrypted)
    except CryptoRefused as refused:
        raise ReplyInvalid("回复无法解密") from refused


def _parse(text: str) -> Element:
    try:
        root: Element = fromstring(text)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise ReplyInvalid("回复不是 XML") from error
    return root


def _message(root: Element) -> Message | None:
    kind = root.findtext("MsgType")
    message = Message(direction=Direction.RECEIVED, kind=Kind.TEXT, via="passive")
    if kind == "text":
        message.text = root.findtext("Content") or ""
        if not message.text:
            raise ReplyInvalid("文本回复没有内容")
    elif kind == "news":
        article = root.find("Articles/item")
        if article is None:
            raise ReplyInvalid("图文回复没有文章")
        message.kind, message.title = Kind.NEWS, article.findtext("Title") or ""
        message.text = article.findtext("Description") or ""
        message.url = article.findtext("Url") or ""
    elif kind in {"image", "voice", "video", "music"}:
        names = {"image": "图片", "voice": "语音", "video": "视频", "music": "音乐"}
        message.text = f"[{names[kind]}]"
    elif kind == "transfer_customer_service":
        return None
    else:
        raise ReplyInvalid("回复的 MsgType 不认识")
    return message


def _children(elements: Elements) -> str:
    return "".join(_child(name, value) for name, value in elements.items())


def _child(name: str, value: "str | int | Elements") -> str:
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    if isinstance(value, str):
        # A text cannot end its own CDATA section: the end mark is split over two sections.
        safe = value.replace("]]>", "]]]]><![CDATA[>")
        return f"<{name}><![CDATA[{safe}]]></{name}>"
    return f"<{name}>{_children(value)}</{name}>"
