"""The platform of the announcements' tests: a served simulator, the product's jobs connected to it."""

from tests.wechat.fixtures import platform, settings

__all__ = ["platform", "settings"]
