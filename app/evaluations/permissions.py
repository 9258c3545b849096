"""What may be done with task sheets that are handed in, and with evaluations."""

from enum import StrEnum


class P(StrEnum):
    EVALUATION_ANSWER = "evaluation:answer"
    EVALUATION_READ = "evaluation:read"
    EVALUATION_WATCH = "evaluation:watch"
    EVALUATION_WRITE = "evaluation:write"
    SHEET_PRINT = "sheet:print"
    SHEET_READ = "sheet:read"
    SHEET_REVIEW = "sheet:review"
    SHEET_SUBMIT = "sheet:submit"
