"""How long do resources keep what is about people?"""

from app.kit.retention import Kept

KEPT = (
    Kept(
        "unit_application",
        "办结的单位入驻申请（联系人、电话）",
        "unit_application",
        "state <> 'pending' AND updated_at < now() - make_interval(days => :days)",
        365,
    ),
)
