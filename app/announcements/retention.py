"""How long is it kept who got an announcement and opened it? Their numbers stay in the log."""

from app.kit.retention import Kept

KEPT = (
    Kept(
        "announcement_recipient",
        "公告的收件人和已读记录",
        "announcement_recipient",
        "sent_at < now() - make_interval(days => :days)",
        400,
        key="person_id",
    ),
)
