"""A platform to speak to, and a browser for the pages that show how it is."""

from tests.web.conftest import assets, browser
from tests.wechat.fixtures import platform, sender, settings

__all__ = ["assets", "browser", "platform", "sender", "settings"]
