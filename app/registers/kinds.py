"""Closed lists of the registers."""

from app.kit.states import StoredEnum


class Domain(StoredEnum):
    """管理, 课程, 教师, 资源, 均衡: the five columns of the plan's table."""

    MANAGEMENT = "management"
    COURSES = "courses"
    TEACHERS = "teachers"
    RESOURCES = "resources"
    BALANCE = "balance"


class MarkerState(StoredEnum):
    OPEN = "open"
    REACHED = "reached"
