"""Permanent names of the channel accounts."""

SERVICE_ACCOUNT, MINIPROGRAM = "service_account", "miniprogram"
PUSH_MENU = "channels.push_menu"  # a job; run by the worker, which knows the platform
