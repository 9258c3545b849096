"""A platform to speak to."""

from tests.wechat.fixtures import platform, sender, settings

__all__ = ["platform", "sender", "settings"]
