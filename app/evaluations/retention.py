"""How long are handed-in task sheets kept? The passport keeps only that one was passed."""

from app.kit.retention import Kept

_OLD = "t.submitted_at < now() - make_interval(days => :days)"
KEPT = (
    # The pictures first: with their files go their rows.
    Kept(
        "sheet_picture",
        "任务单照片",
        "stored_file",
        "EXISTS (SELECT FROM submission_picture i JOIN task_submission t "
        "ON t.district_id = i.district_id AND t.id = i.submission_id "
        "WHERE i.district_id = stored_file.district_id AND i.file_id = stored_file.id "
        f"AND {_OLD})",
        400,
    ),
    Kept(
        "task_submission",
        "交来的任务单",
        "task_submission",
        "submitted_at < now() - make_interval(days => :days)",
        400,
    ),
)
