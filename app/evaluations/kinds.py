"""Closed lists of handed-in sheets."""

from app.kit.states import StoredEnum


class SubmissionState(StoredEnum):
    """已交 (waits for the teacher) → 通过, 优秀, 退回."""

    EXCELLENT = "excellent"
    PASSED = "passed"
    RETURNED = "returned"
    SUBMITTED = "submitted"


GOOD_STATES = (SubmissionState.PASSED, SubmissionState.EXCELLENT)
STATE_WORDS = {
    SubmissionState.SUBMITTED: "已交，等老师看",
    SubmissionState.PASSED: "通过",
    SubmissionState.EXCELLENT: "优秀",
    SubmissionState.RETURNED: "退回，请改一改",
}
