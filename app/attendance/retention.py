"""How long are volunteers' ways to a door kept, and which phone a scan came from?"""

from app.kit.retention import Kept

KEPT = (
    Kept(
        "door_link",
        "志愿者的现场链接",
        "door_link",
        "EXISTS (SELECT FROM session s WHERE s.district_id = door_link.district_id "
        "AND s.id = door_link.session_id AND s.ends_at < now() - make_interval(days => :days))",
        30,
    ),
    # Two days later no offline queue brings these numbers again; the line of the ledger stays.
    Kept(
        "scan_device",
        "签到用的是哪台手机",
        "scan",
        "received_at < now() - make_interval(days => :days) "
        "AND (device IS NOT NULL OR nonce IS NOT NULL)",
        31,
        blank="device = NULL, nonce = NULL",
    ),
)
