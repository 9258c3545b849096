"""What may a page of ours load? Nothing from elsewhere, but for the one that asks WeChat's phone."""

from urllib.parse import urlsplit

CONTENT = "content-security-policy"


def policy(script: str = "") -> str:
    """The header's value. With the address of WeChat's script: that host's scripts, and the styles
    that its button brings along."""
    address = urlsplit(script)
    host = f" {address.scheme}://{address.netloc}" if script else ""
    inline = " 'unsafe-inline'" if script else ""
    return (
        f"default-src 'none'; style-src 'self'{inline}; img-src 'self' data:; "
        f"script-src 'self'{host}; connect-src 'self'{host}; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
