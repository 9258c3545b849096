"""The record of a breach or loss of personal data, as it is added and completed."""

from collections.abc import Sequence

from app.kit.context import Ctx
from app.privacy.models import Incident
from app.privacy.permissions import P
from app.privacy.queries import read_incident
from app.privacy.schemas import IncidentChange, IncidentIn
from app.privacy.service.requests import change_incident, report_incident
from app.web.console.editing import Editor
from app.web.console.forms import Field

_LATER = (
    Field("affected", "涉及人数", "number", required=True),
    Field("what", "经过", "long", required=True, longest=2000, hint="不要写任何人的姓名"),
    Field("measures", "已采取的措施", "long", longest=2000),
    Field("reported_on", "上报主管部门的日期", "day"),
    Field("families_told_on", "告知家长的日期", "day"),
    Field("closed_on", "结案日期", "day"),
)
_FIRST = (
    Field("title", "事件", required=True, hint="例如：一份纸质名单遗失"),
    Field("happened_on", "发生日期", "day", required=True),
    *_LATER,
)


async def _facts(_: Ctx, row: Incident) -> Sequence[tuple[str, object]]:
    return [
        ("发生日期", row.happened_on),
        ("涉及人数", str(row.affected)),
        ("经过", row.what),
        ("已采取的措施", row.measures),
        ("上报主管部门", row.reported_on or "还没有"),
        ("告知家长", row.families_told_on or "还没有"),
        ("结案", row.closed_on or "还没有"),
    ]


async def _fields(_: Ctx) -> Sequence[Field]:
    return _FIRST


INCIDENT = Editor(
    slug="incidents",
    title="个人信息事件",
    noun="事件",
    edit_permission=P.INCIDENT_EDIT,
    name_of=lambda row: row.title,
    read=read_incident,
    change=change_incident,
    change_schema=IncidentChange,
    change_fields=_LATER,
    facts=_facts,
    create=report_incident,
    create_schema=IncidentIn,
    create_fields=_fields,
    create_permission=P.INCIDENT_EDIT,
)
