"""How long do bookings keep what families filled in?"""

from app.kit.retention import Kept

KEPT = (
    Kept(
        "booking_answer",
        "预约时填写的报名信息",
        "booking_answer",
        "EXISTS (SELECT FROM booking b JOIN session s ON s.district_id = b.district_id "
        "AND s.id = b.session_id WHERE b.district_id = booking_answer.district_id "
        "AND b.id = booking_answer.booking_id "
        "AND s.ends_at < now() - make_interval(days => :days))",
        180,
        key="booking_id",
    ),
    Kept(
        "booking_consent",
        "参加活动的同意记录",
        "booking_consent",
        "at < now() - make_interval(days => :days)",
        3 * 365,
    ),
)
