"""Keeping the installation alive: backup, restore, the weekly drill, the check-up."""
