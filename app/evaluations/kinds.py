"""Closed lists of handed-in sheets and evaluations."""

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


class Side(StoredEnum):
    """Who says it: the child (on its own or a guardian's phone), its teacher; the unit of a class."""

    PUPIL = "pupil"
    TEACHER = "teacher"
    UNIT = "unit"


# What visitors say of an activity, and a unit of a class; each from 1 to 5.
VISITOR_ITEMS = {
    "content": "内容有意思",
    "guide": "讲得清楚",
    "safety": "安全有序",
    "place": "场地和材料",
    "gain": "有收获",
}
UNIT_ITEMS = {"order": "守时守纪", "part": "积极参与", "ready": "行前有准备"}
