"""What do the console's pages of classes, families and consents show that no single package lists?

Reads only. Whoever passes ids on has already been allowed to see those rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select, text

from app.activities.kinds import ActivityState, SessionMode, SessionState
from app.activities.models import Activity, Seat, Session
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound
from app.kit.paging import fetch_page
from app.orgs.kinds import OrgKind
from app.orgs.models import Organization, SchoolClass
from app.people.access import access_pupil, visible_among
from app.people.kinds import IdentityKind, PersonState
from app.people.models import Enrollment, Guardianship, Identity, Person
from app.people.permissions import P
from app.people.queries import read_person
from app.people.rules import mask_name
from app.web.reading import sessions_with_activity

_PROGRESS = text(
    """
SELECT e.class_id, count(*) AS pupils, count(*) FILTER (WHERE t.bound) AS bound,
  coalesce(sum(k.unused), 0) AS unused, coalesce(sum(k.used), 0) AS used
FROM enrollment e
JOIN person p ON p.district_id = e.district_id AND p.id = e.pupil_id AND p.state = 'active'
CROSS JOIN LATERAL (SELECT EXISTS (SELECT 1 FROM guardianship g
  WHERE g.district_id = e.district_id AND g.pupil_id = e.pupil_id AND g.ends_on IS NULL) AS bound) t
CROSS JOIN LATERAL (SELECT
    count(*) FILTER (WHERE b.used_at IS NULL AND b.expires_at > now()) AS unused,
    count(b.used_at) AS used
  FROM binding_code b WHERE b.district_id = e.district_id AND b.pupil_id = e.pupil_id) k
WHERE e.district_id = :district AND e.class_id = ANY(:classes) AND e.ends_on IS NULL
GROUP BY e.class_id
"""
)
_CONSENTS = text(
    """
SELECT t.purpose, t.id, t.number, t.title, t.body, t.published_at,
  (SELECT count(DISTINCT c.pupil_id) FROM consent c
    JOIN enrollment e ON e.district_id = c.district_id AND e.pupil_id = c.pupil_id
      AND e.ends_on IS NULL
    WHERE c.district_id = t.district_id AND c.text_id = t.id AND c.withdrawn_at IS NULL) AS agreed,
  (SELECT count(*) FROM enrollment e
    WHERE e.district_id = t.district_id AND e.ends_on IS NULL) AS pupils
FROM consent_text t
WHERE t.district_id = :district AND (cast(:purpose AS text) IS NULL OR t.purpose = :purpose)
ORDER BY t.purpose, t.number DESC
"""
)
MOST_FOUND = 20


@dataclass(frozen=True)
class Progress:
    """How far a class is: pupils, those with a guardian, codes still good, codes spent."""

    pupils: int = 0
    bound: int = 0
    unused: int = 0
    used: int = 0


async def class_progress(ctx: Ctx, class_ids: Iterable[UUID]) -> dict[UUID, Progress]:
    """Counts a class; one without pupils is left out."""
    params = {"district": ctx.district_id, "classes": list(class_ids)}
    rows = await ctx.conn.execute(_PROGRESS, params)
    return {
        row.class_id: Progress(row.pupils, row.bound, int(row.unused), int(row.used))
        for row in rows
    }


async def letter_classes(
    ctx: Ctx, organization_id: UUID | None, cursor: str | None, limit: int
) -> tuple[list[SchoolClass], str | None]:
    """The classes whose letters this actor prints."""
    reach = ctx.require(P.BINDING_CODE_CREATE)
    stmt = select(SchoolClass).where(SchoolClass.district_id == ctx.district_id)
    if not reach.district:
        stmt = stmt.where(
            or_(
                SchoolClass.organization_id.in_(reach.organizations),
                SchoolClass.id.in_(reach.classes),
            )
        )
    if organization_id:
        stmt = stmt.where(SchoolClass.organization_id == organization_id)
    return await fetch_page(ctx, stmt, SchoolClass.id, cursor, limit)


async def own_schools(ctx: Ctx, permission: str) -> list[tuple[str, str]]:
    """The schools and kindergartens the permission reaches, as choices of a form."""
    reach = ctx.reach(permission)
    stmt = select(Organization.id, Organization.name).where(
        Organization.district_id == ctx.district_id,
        Organization.kind.in_((OrgKind.SCHOOL, OrgKind.KINDERGARTEN)),
    )
    if not reach.district:
        stmt = stmt.where(Organization.id.in_(reach.organizations))
    rows = await ctx.conn.execute(stmt.order_by(Organization.name).limit(500))
    return [(str(row.id), row.name) for row in rows]


async def masked_pupils(ctx: Ctx, class_id: UUID) -> list[tuple[str, bool]]:
    """(masked name, has a guardian) of a class in the order of student numbers; no name leaves here."""
    bound = (
        select(Guardianship.id)
        .where(
            Guardianship.district_id == Person.district_id,
            Guardianship.pupil_id == Person.id,
            Guardianship.ends_on.is_(None),
        )
        .exists()
    )
    stmt = (
        select(Person.name, bound.label("bound"))
        .join(
            Enrollment,
            (Enrollment.district_id == Person.district_id) & (Enrollment.pupil_id == Person.id),
        )
        .where(
            Person.district_id == ctx.district_id,
            Person.state == PersonState.ACTIVE,
            Enrollment.class_id == class_id,
            Enrollment.ends_on.is_(None),
        )
        .order_by(Enrollment.student_no, Person.id)
        .limit(200)
    )
    return [(mask_name(row.name), row.bound) for row in await ctx.conn.execute(stmt)]


async def bound_among(ctx: Ctx, pupil_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these pupils who have a guardian now."""
    stmt = select(Guardianship.pupil_id).where(
        Guardianship.district_id == ctx.district_id,
        Guardianship.pupil_id.in_(list(pupil_ids)),
        Guardianship.ends_on.is_(None),
    )
    return set((await ctx.conn.execute(stmt)).scalars())


@dataclass(frozen=True)
class PupilRecord:
    """A pupil as the school keeps it, with the places in classes, newest first."""

    id: UUID
    name: str
    state: str
    version: int
    student_no: str | None
    places: list[AnyRow]


async def read_pupil(ctx: Ctx, pupil_id: UUID, purpose: str = "更正学生资料") -> PupilRecord:
    """One pupil the actor may see, logged; somebody who never was in a class is `kit.not_found`."""
    person = await read_person(ctx, pupil_id, purpose)
    stmt = (
        select(
            Enrollment.student_no,
            Enrollment.starts_on,
            Enrollment.ends_on,
            SchoolClass.id.label("class_id"),
            SchoolClass.name.label("class_name"),
            Organization.name.label("school"),
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
        .order_by(Enrollment.ends_on.desc().nulls_first(), Enrollment.id.desc())
    )
    places = list((await ctx.conn.execute(stmt)).all())
    if not places:
        raise NotFound
    number = places[0].student_no if places[0].ends_on is None else None
    return PupilRecord(person.id, person.name, person.state, person.version, number, places)


async def pupil_guardians(ctx: Ctx, pupil_id: UUID) -> list[AnyRow]:
    """Who is or was the pupil's guardian, those of today first."""
    stmt = (
        select(
            Guardianship.id,
            Guardianship.guardian_id,
            Guardianship.relation,
            Guardianship.verified_by,
            Guardianship.starts_on,
            Guardianship.ends_on,
            Person.name,
        )
        .join(
            Person,
            (Person.district_id == Guardianship.district_id)
            & (Person.id == Guardianship.guardian_id),
        )
        .where(Guardianship.district_id == ctx.district_id, Guardianship.pupil_id == pupil_id)
        .order_by(Guardianship.ends_on.desc().nulls_first(), Guardianship.id)
    )
    return list((await ctx.conn.execute(stmt)).all())


async def phones_of(ctx: Ctx, person_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
    """Which kinds of WeChat these people have bound; never which one."""
    stmt = (
        select(Identity.person_id, Identity.kind)
        .where(
            Identity.district_id == ctx.district_id,
            Identity.person_id.in_(list(person_ids)),
            Identity.kind != IdentityKind.PASSWORD,
        )
        .order_by(Identity.kind)
    )
    found: dict[UUID, list[str]] = {}
    for row in await ctx.conn.execute(stmt):
        found.setdefault(row.person_id, []).append(row.kind)
    return found


async def reaches_pupil(ctx: Ctx, permission: str, pupil_id: UUID) -> bool:
    """Whether a button for this pupil makes sense; services check again."""
    if permission not in ctx.actor.permissions:
        return False
    return pupil_id in await visible_among(ctx, [pupil_id], permission)


async def possible_guardians(ctx: Ctx, pupil_id: UUID, name: str) -> list[tuple[str, str]]:
    """People of exactly this name to choose from; a school finds the families of its own pupils."""
    await access_pupil(ctx, pupil_id, P.GUARDIANSHIP_EDIT)
    stmt = select(Person.id, Person.name).where(
        Person.district_id == ctx.district_id,
        Person.name == name,
        Person.id != pupil_id,
        Person.state == PersonState.ACTIVE,
    )
    reach = ctx.reach(P.GUARDIANSHIP_EDIT)
    if not reach.district:
        families = (
            select(Guardianship.guardian_id)
            .join(
                Enrollment,
                (Enrollment.district_id == Guardianship.district_id)
                & (Enrollment.pupil_id == Guardianship.pupil_id),
            )
            .join(
                SchoolClass,
                (SchoolClass.district_id == Enrollment.district_id)
                & (SchoolClass.id == Enrollment.class_id),
            )
            .where(
                Guardianship.district_id == ctx.district_id,
                Guardianship.ends_on.is_(None),
                Enrollment.ends_on.is_(None),
                SchoolClass.organization_id.in_(reach.organizations),
            )
        )
        stmt = stmt.where(Person.id.in_(families))
    rows = (await ctx.conn.execute(stmt.order_by(Person.id).limit(MOST_FOUND))).all()
    children = await _children_of(ctx, [row.id for row in rows])
    return [(str(row.id), f"{row.name}（{children.get(row.id, '还没有孩子')}）") for row in rows]


async def _children_of(ctx: Ctx, guardian_ids: list[UUID]) -> dict[UUID, str]:
    """So that two of one name are told apart: whose guardian each is, in masked names."""
    stmt = (
        select(Guardianship.guardian_id, Person.name)
        .join(
            Person,
            (Person.district_id == Guardianship.district_id) & (Person.id == Guardianship.pupil_id),
        )
        .where(
            Guardianship.district_id == ctx.district_id,
            Guardianship.guardian_id.in_(guardian_ids),
            Guardianship.ends_on.is_(None),
        )
        .order_by(Guardianship.id)
    )
    found: dict[UUID, str] = {}
    for row in await ctx.conn.execute(stmt):
        said = mask_name(row.name)
        before = found.get(row.guardian_id)
        found[row.guardian_id] = f"{before}、{said}" if before else f"家长，孩子：{said}"
    return found


async def consent_texts(ctx: Ctx, purpose: str | None = None) -> list[AnyRow]:
    """Every version of the texts, the newest of each purpose first, with how many children agreed."""
    ctx.require(P.CONSENT_EDIT)
    params = {"district": ctx.district_id, "purpose": purpose}
    return list((await ctx.conn.execute(_CONSENTS, params)).all())


async def sessions_for_classes(ctx: Ctx, limit: int = 100) -> list[AnyRow]:
    """Coming sessions that are booked by whole classes and open now, nearest first."""
    free = (
        select(func.count())
        .where(
            Seat.district_id == Session.district_id,
            Seat.session_id == Session.id,
            Seat.booking_id.is_(None),
        )
        .scalar_subquery()
    )
    stmt = sessions_with_activity(
        ctx, Session.id, Activity.title, Session.starts_at, free.label("seats_left")
    ).where(
        Activity.state == ActivityState.PUBLISHED,
        Session.mode == SessionMode.CLASS,
        Session.state == SessionState.PLANNED,
        Session.booking_opens_at <= ctx.now,
        Session.booking_closes_at > ctx.now,
    )
    stmt = stmt.order_by(Session.starts_at, Session.id).limit(limit)
    return list((await ctx.conn.execute(stmt)).all())


async def classes_to_bring(ctx: Ctx, permission: str) -> list[tuple[str, str]]:
    """The classes this permission reaches, as choices of a form."""
    reach = ctx.require(permission)
    stmt = (
        select(SchoolClass.id, SchoolClass.name)
        .where(
            SchoolClass.district_id == ctx.district_id,
            or_(
                SchoolClass.id.in_(reach.classes),
                SchoolClass.organization_id.in_(reach.organizations),
            ),
        )
        .order_by(SchoolClass.grade, SchoolClass.name)
    )
    return [(str(row.id), row.name) for row in await ctx.conn.execute(stmt)]
