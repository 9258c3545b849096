"""What do people's tables hold about a child, and how is it erased?"""

from uuid import UUID

from sqlalchemy import delete, exists, func, select, update

from app.audit import service as audit
from app.channels.service.tags import drop_tags, order_tags
from app.channels.service.windows import forget_window
from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.kit.personal import Erased, Section, yes_or_day
from app.orgs.models import Organization, SchoolClass
from app.people.errors import RosterOutdated
from app.people.kinds import IdentityKind, ImportState, PersonState, Relation
from app.people.models import (
    BindingCode,
    CalendarFeed,
    Consent,
    ConsentText,
    Enrollment,
    GuardianRequest,
    Guardianship,
    Identity,
    LoginSession,
    Person,
    RoleGrant,
    RosterChange,
    RosterImport,
)
from app.people.service.chosen import forget_choices

GONE = "（已删除）"
RELATIONS = {
    Relation.FATHER: "父亲",
    Relation.GRANDPARENT: "祖辈",
    Relation.MOTHER: "母亲",
    Relation.OTHER: "其他监护人",
}
VERIFIED = {"binding_code": "绑定信", "staff": "学校登记", "class_teacher": "班主任确认"}
PHONES = {
    IdentityKind.MINIPROGRAM: "小程序",
    IdentityKind.PASSWORD: "用户名和密码",
    IdentityKind.SERVICE_ACCOUNT: "服务号",
}


async def about(ctx: Ctx, pupil_id: UUID) -> list[Section]:
    """The register's own data: the child, its classes, its guardians, phones and consents."""
    return [
        await _child(ctx, pupil_id),
        await _classes(ctx, pupil_id),
        await _guardians(ctx, pupil_id),
        await _phones(ctx, pupil_id),
        await _consents(ctx, pupil_id),
    ]


async def _child(ctx: Ctx, pupil_id: UUID) -> Section:
    person = await ctx.db.get_one(Person, (ctx.district_id, pupil_id))
    rows = [("姓名", person.name), ("建档时间", platform_time(person.created_at))]
    return Section("基本资料", ("项目", "内容"), rows)


async def _classes(ctx: Ctx, pupil_id: UUID) -> Section:
    stmt = (
        select(
            Organization.name.label("school"),
            SchoolClass.name,
            Enrollment.student_no,
            Enrollment.starts_on,
            Enrollment.ends_on,
        )
        .join(
            SchoolClass,
            (SchoolClass.district_id == Enrollment.district_id)
            & (SchoolClass.id == Enrollment.class_id),
        )
        .join(
            Organization,
            (Organization.district_id == SchoolClass.district_id)
            & (Organization.id == SchoolClass.organization_id),
        )
        .where(Enrollment.district_id == ctx.district_id, Enrollment.pupil_id == pupil_id)
        .order_by(Enrollment.id.desc())
    )
    rows = [
        (row.school, row.name, row.student_no or "", str(row.starts_on), yes_or_day(row.ends_on))
        for row in await ctx.conn.execute(stmt)
    ]
    return Section("学籍", ("学校", "班级", "学籍号", "开始", "结束"), rows)


async def _guardians(ctx: Ctx, pupil_id: UUID) -> Section:
    stmt = (
        select(Guardianship)
        .where(Guardianship.district_id == ctx.district_id, Guardianship.pupil_id == pupil_id)
        .order_by(Guardianship.id.desc())
    )
    rows = [
        (
            RELATIONS[row.relation],
            "您" if row.guardian_id == ctx.actor.person_id else "另一位",
            VERIFIED.get(row.verified_by, row.verified_by),
            str(row.starts_on),
            yes_or_day(row.ends_on),
        )
        for row in (await ctx.db.execute(stmt)).scalars()
    ]
    return Section("监护人", ("关系", "是谁", "核实方式", "开始", "结束"), rows)


async def _phones(ctx: Ctx, pupil_id: UUID) -> Section:
    """The child's own and this guardian's phones; another guardian's are not theirs to see."""
    stmt = (
        select(Identity)
        .where(
            Identity.district_id == ctx.district_id,
            Identity.person_id.in_([pupil_id, ctx.actor.person_id]),
        )
        .order_by(Identity.id)
    )
    rows = [
        (
            "孩子" if row.person_id == pupil_id else "您",
            PHONES[row.kind],
            platform_time(row.created_at),
        )
        for row in (await ctx.db.execute(stmt)).scalars()
    ]
    return Section("登录方式", ("谁的", "方式", "绑定时间"), rows)


async def _consents(ctx: Ctx, pupil_id: UUID) -> Section:
    stmt = (
        select(ConsentText.title, ConsentText.number, Consent.given_at, Consent.withdrawn_at)
        .join(
            ConsentText,
            (ConsentText.district_id == Consent.district_id) & (ConsentText.id == Consent.text_id),
        )
        .where(Consent.district_id == ctx.district_id, Consent.pupil_id == pupil_id)
        .order_by(Consent.id.desc())
    )
    rows = [
        (
            row.title,
            f"第 {row.number} 版",
            platform_time(row.given_at),
            platform_time(row.withdrawn_at) if row.withdrawn_at else "",
        )
        for row in await ctx.conn.execute(stmt)
    ]
    return Section("同意书", ("名称", "版本", "同意时间", "撤回时间"), rows)


async def told_about(ctx: Ctx, pupil_id: UUID) -> list[UUID]:
    """Everybody who was ever told about this child: guardians of any time, and the child."""
    stmt = select(Guardianship.guardian_id).where(
        Guardianship.district_id == ctx.district_id, Guardianship.pupil_id == pupil_id
    )
    return [*dict.fromkeys((await ctx.conn.execute(stmt)).scalars()), pupil_id]


async def erase(ctx: Ctx, pupil_id: UUID) -> Erased:
    """Take the child's name and every way back to it out of the register.

    The row stays under its number, so that stamps and sums of the district
    remain true. Guardians of no other child are forgotten with it. Erasing
    again finds nothing more.
    """
    person = await ctx.db.get_one(Person, (ctx.district_id, pupil_id), with_for_update=True)
    name = person.name
    alone = await _guardians_of_no_other(ctx, pupil_id)
    found = await _forget_logins(ctx, [pupil_id, *alone])
    found["绑定码"] = await _forget_codes(ctx, pupil_id)
    found["名册文件"] = await _blank_rosters(ctx, pupil_id)
    await _close_ties(ctx, pupil_id)
    await ctx.conn.execute(
        update(Person)
        .where(Person.district_id == ctx.district_id, Person.id.in_([pupil_id, *alone]))
        .values(name=GONE, state=PersonState.LEFT, version=Person.version + 1, updated_at=ctx.now)
    )
    # A guardian of other children keeps the account, but not under this child's name.
    await ctx.conn.execute(
        update(Person)
        .where(Person.district_id == ctx.district_id, Person.name == f"{name}的家长")
        .where(Person.id.in_(await told_about(ctx, pupil_id)))
        .values(name="家长", version=Person.version + 1, updated_at=ctx.now)
    )
    ctx.db.expire_all()
    return {"学生资料": 1, "家长资料": len(alone), **found}


async def _guardians_of_no_other(ctx: Ctx, pupil_id: UUID) -> list[UUID]:
    other = Guardianship.__table__.alias("other")
    stmt = (
        select(Guardianship.guardian_id)
        .where(
            Guardianship.district_id == ctx.district_id,
            Guardianship.pupil_id == pupil_id,
            ~exists().where(
                other.c.district_id == Guardianship.district_id,
                other.c.guardian_id == Guardianship.guardian_id,
                other.c.pupil_id != pupil_id,
                other.c.ends_on.is_(None),
            ),
            ~exists().where(
                RoleGrant.district_id == Guardianship.district_id,
                RoleGrant.person_id == Guardianship.guardian_id,
            ),
        )
        .distinct()
    )
    return list((await ctx.conn.execute(stmt)).scalars())


async def _forget_logins(ctx: Ctx, people: list[UUID]) -> Erased:
    gone = await ctx.conn.execute(
        delete(Identity)
        .where(Identity.district_id == ctx.district_id, Identity.person_id.in_(people))
        .returning(Identity.issuer, Identity.subject)
    )
    identities = gone.all()
    for issuer, openid in identities:
        await forget_window(ctx.conn, ctx.district_id, issuer, openid)
        await drop_tags(ctx, issuer, openid)
    sessions = await ctx.conn.execute(
        delete(LoginSession).where(
            LoginSession.district_id == ctx.district_id, LoginSession.person_id.in_(people)
        )
    )
    feeds = await ctx.conn.execute(
        delete(CalendarFeed).where(
            CalendarFeed.district_id == ctx.district_id, CalendarFeed.person_id.in_(people)
        )
    )
    await forget_choices(ctx, people)
    return {
        "登录方式": len(identities),
        "登录": sessions.rowcount,
        "日历订阅地址": feeds.rowcount,
    }


async def _forget_codes(ctx: Ctx, pupil_id: UUID) -> int:
    await ctx.conn.execute(
        delete(GuardianRequest).where(
            GuardianRequest.district_id == ctx.district_id, GuardianRequest.pupil_id == pupil_id
        )
    )
    gone = await ctx.conn.execute(
        delete(BindingCode).where(
            BindingCode.district_id == ctx.district_id, BindingCode.pupil_id == pupil_id
        )
    )
    return gone.rowcount


async def _blank_rosters(ctx: Ctx, pupil_id: UUID) -> int:
    """Every list its schools uploaded is emptied: the child may stand in each of them.

    What an import changed stays, for others can still be undone; one that was
    not applied yet has to be uploaded anew.
    """
    schools = (
        select(SchoolClass.organization_id)
        .join(
            Enrollment,
            (Enrollment.district_id == SchoolClass.district_id)
            & (Enrollment.class_id == SchoolClass.id),
        )
        .where(Enrollment.district_id == ctx.district_id, Enrollment.pupil_id == pupil_id)
    )
    uploaded = (RosterImport.district_id == ctx.district_id) & RosterImport.organization_id.in_(
        schools
    )
    waiting = RosterImport.state.in_((ImportState.WAITING, ImportState.CHECKED))
    await ctx.conn.execute(
        update(RosterImport)
        .where(uploaded, waiting)
        .values(state=ImportState.REFUSED, problem=RosterOutdated.code)
    )
    blanked = await ctx.conn.execute(
        update(RosterImport)
        .where(uploaded, func.octet_length(RosterImport.content) > 0)
        .values(content=b"", rows=None, version=RosterImport.version + 1)
    )
    await ctx.conn.execute(
        delete(RosterChange).where(
            RosterChange.district_id == ctx.district_id, RosterChange.pupil_id == pupil_id
        )
    )
    return blanked.rowcount


async def _close_ties(ctx: Ctx, pupil_id: UUID) -> None:
    """Classes, guardians and consents end today; the school's number of the child goes."""
    await ctx.conn.execute(
        update(Enrollment)
        .where(Enrollment.district_id == ctx.district_id, Enrollment.pupil_id == pupil_id)
        .values(student_no=None)
    )
    for model in (Enrollment, Guardianship):
        await ctx.conn.execute(
            update(model)
            .where(
                model.district_id == ctx.district_id,
                model.pupil_id == pupil_id,
                model.ends_on.is_(None),
            )
            .values(ends_on=ctx.today)
        )
    await ctx.conn.execute(
        update(Consent)
        .where(
            Consent.district_id == ctx.district_id,
            Consent.pupil_id == pupil_id,
            Consent.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=ctx.now)
    )
    await audit.record(ctx, "person:erase", "person", pupil_id, pupil_id=pupil_id)
    await order_tags(ctx)
