"""How long are messages kept? Half a year; their counts stay in the proofs."""

from app.kit.retention import Kept

KEPT = (
    Kept(
        "delivery",
        "通知的投递记录",
        "delivery",
        "created_at < now() - make_interval(days => :days)",
        180,
    ),
    Kept(
        "notification",
        "站内通知",
        "notification",
        "created_at < now() - make_interval(days => :days) AND NOT EXISTS (SELECT FROM delivery d "
        "WHERE d.district_id = notification.district_id AND d.notification_id = notification.id)",
        180,
    ),
    Kept(
        "subscription_grant",
        "用过的订阅授权",
        "subscription_grant",
        "used_at < now() - make_interval(days => :days)",
        180,
    ),
)
