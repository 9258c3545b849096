"""Texts that others will read: checked before anybody sees them, by words, by a checker, by people."""
