"""Use cases of the city pack: 公示, objections, corrections, exports."""

from app.citypack.service.exporting import export_list, take_export
from app.citypack.service.objecting import correct_record, decide_objection, raise_objection
from app.citypack.service.publishing import (
    draft_publicity,
    open_publicity,
    print_list,
    withdraw_publicity,
)

__all__ = [
    "correct_record",
    "decide_objection",
    "draft_publicity",
    "export_list",
    "open_publicity",
    "print_list",
    "raise_objection",
    "take_export",
    "withdraw_publicity",
]
