"""What may be done with task sheets that are handed in."""

from enum import StrEnum


class P(StrEnum):
    SHEET_PRINT = "sheet:print"
    SHEET_READ = "sheet:read"
    SHEET_REVIEW = "sheet:review"
    SHEET_SUBMIT = "sheet:submit"
