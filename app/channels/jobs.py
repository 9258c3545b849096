"""Background work of channel accounts; run by the worker, which knows the platform."""

PUSH_MENU = "channels.push_menu"
