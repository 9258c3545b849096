"""The scan ledger and the attendance computed from it (考勤)."""
