"""Regions, districts, organizations, groups, classes, terms."""
