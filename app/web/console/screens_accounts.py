"""The lists of staff accounts and of keys for programs."""

from uuid import UUID

from app.kit.clock import say_moment, school_day
from app.kit.context import Ctx
from app.people.permissions import P
from app.people.queries import list_api_keys, list_staff_accounts, pupil_briefs
from app.people.service.api_keys import revoke_api_key
from app.web import labels, reading
from app.web.console.listing import Badge, Bulk, Chosen, Filter, Line, Listing

Lines = tuple[list[Line], str | None]


async def _staff(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    rows, following = await list_staff_accounts(ctx, chosen.text("name"), cursor, limit)
    lines = []
    for row in rows:
        invite = "发找回链接" if row.username else "发邀请链接"
        cells = (
            row.name,
            row.username or Badge("还没有账号", "warn"),
            Badge("已开启", "good") if row.has_second_factor else Badge("未开启"),
            say_moment(row.last_login_at) if row.last_login_at else None,
        )
        more = ((invite, f"/console/staff/{row.person_id}/invitation"),)
        lines.append(Line(str(row.person_id), cells, more=more))
    return lines, following


async def _keys(ctx: Ctx, _: Chosen, cursor: str | None, limit: int) -> Lines:
    rows, following = await list_api_keys(ctx, cursor, limit)
    issuers = await pupil_briefs(ctx, [row.person_id for row in rows])
    places = await reading.organization_names(ctx, [row.organization_id for row in rows])
    lines = []
    for row in rows:
        over = row.expires_at <= ctx.now
        state = Badge("有效", "good")
        if row.revoked_at or over:
            state = Badge("已停用" if row.revoked_at else "已到期")
        cells = (
            row.name,
            "、".join(labels.say_right(right) for right in row.permissions),
            places.get(row.organization_id, "") if row.organization_id else "全部",
            issuers[row.person_id].name,
            school_day(row.expires_at).isoformat(),
            say_moment(row.last_used_at) if row.last_used_at else None,
            state,
        )
        lines.append(Line(str(row.id), cells))
    return lines, following


async def _revoke(ctx: Ctx, key_id: UUID, _reason: str) -> object:
    return await revoke_api_key(ctx, key_id)


STAFF = Listing(
    slug="staff",
    title="账号",
    group="系统",
    permission=P.ACCOUNT_EDIT,
    columns=("姓名", "用户名", "动态验证码", "最近登录"),
    load=_staff,
    filters=(Filter("name", "姓名"),),
    empty="没有符合条件的人员。先在“角色授权”里授予角色，这里就会出现。",
    hint="同事忘记密码或换了手机，发一个找回链接给他；链接 72 小时内有效，只能用一次。",
)
API_KEYS = Listing(
    slug="api-keys",
    title="接口密钥",
    group="系统",
    permission=P.API_KEY_EDIT,
    columns=("名称", "可以做什么", "单位", "签发人", "到期", "最近使用", "状态"),
    load=_keys,
    bulk=(Bulk("revoke", "停用", P.API_KEY_EDIT, _revoke, "已停用", "danger"),),
    new=("新建密钥", P.API_KEY_EDIT),
    empty="还没有接口密钥。别的系统要读取数据时，再新建。",
    hint="密钥只在新建时显示一次。签发人的角色收回后，他发的密钥也随之失效。",
)
