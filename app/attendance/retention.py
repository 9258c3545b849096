"""How long are volunteers' ways to a door kept?"""

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
)
