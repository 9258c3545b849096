"""How does the platform say no?"""

import secrets

MEANINGS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40023: "invalid sub button size",
    40024: "invalid sub button type",
    40025: "invalid sub button name size",
    40026: "invalid sub button key size",
    40027: "invalid sub button url size",
    40029: "invalid code",
    40032: "invalid openid list size",
    40037: "invalid template_id",
    40055: "invalid button url domain",
    40066: "invalid url",
    40097: "invalid args",
    40125: "invalid appsecret",
    40129: "invalid scene",
    40130: "invalid openid list size, at least two openid",
    40163: "code been used",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    43107: "subscription ability banned",
    43116: "template banned",
    45003: "title size out of limit",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45029: "qrcode count out of limit",
    45056: "can not create more than 100 tags",
    45058: "can't modify sys tag",
    45059: "user has too many tags",
    45157: "invalid tag name",
    45158: "tag name too long",
    45159: "invalid tag id",
    45067: "clientmsgid size out of limit",
    45047: "out of response count limit",
    46003: "menu no exist",
    47001: "data format error",
    45002: "content size out of limit",
    47003: "argument invalid!",
    48001: "api unauthorized",
    61010: "code is expired",
    65301: "not exist menuid",
    65303: "there is no selfmenu, please create selfmenu first",
    65304: "match rule empty",
    65316: "too many domains in conditional menus",
    65320: "private match rule not supported",
    76021: "cgi_path not found, please check",
}


class Refused(Exception):
    """The platform answers with an error number instead of a result."""

    def __init__(self, errcode: int, detail: str = "") -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.errmsg = detail or MEANINGS.get(errcode, "error")


def error_body(errcode: int, errmsg: str) -> dict[str, object]:
    """Every refusal names the request it belongs to, for support."""
    rid = "-".join(secrets.token_hex(4) for _ in range(3))
    return {"errcode": errcode, "errmsg": f"{errmsg} rid: {rid}"}
