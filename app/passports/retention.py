"""How long does the passport keep files with children's names?"""

from app.kit.retention import Kept

KEPT = (
    Kept(
        "print_order",
        "生成的护照打印文件",
        "print_order",
        "created_at < now() - make_interval(days => :days)",
        7,
    ),
)
