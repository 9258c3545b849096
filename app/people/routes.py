"""HTTP for people, guardians, roles and logins."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response, UploadFile

from app.kit.bounds import Name
from app.kit.deps import Authed, OnceDep
from app.kit.http import PDF, XLSX, Cursor, IfMatch, PageSize, download, page_of, tagged, version_of
from app.kit.paging import Page
from app.kit.sheets import LARGEST_FILE
from app.people import queries
from app.people.kinds import ImportKind
from app.people.permissions import P
from app.people.schemas import (
    BindingCodeIn,
    BindingCodeOut,
    ConsentIn,
    ConsentLine,
    ConsentOut,
    ConsentTextIn,
    ConsentTextOut,
    ContactIn,
    ContactOut,
    DelegationIn,
    GuardianshipIn,
    GuardianshipOut,
    LoginIn,
    LoginOut,
    MeOut,
    PersonChange,
    PersonIn,
    PersonOut,
    PromotionIn,
    PromotionOut,
    PromotionPreview,
    RoleGrantIn,
    RoleGrantOut,
    RosterImportOut,
    RosterReportOut,
    StaffOut,
)
from app.people.service import (
    binding,
    consent,
    contacts,
    delegation,
    letters,
    login,
    people,
    promotion,
    roster,
    roster_apply,
)

router = APIRouter(tags=["people"])
LARGEST_UPLOAD = LARGEST_FILE + 64 * 1024  # the form around the file
Purpose = Annotated[str, Query(min_length=2, max_length=60, description="查看目的，会记入日志")]


@router.post("/login-sessions", status_code=201, openapi_extra={"security": []})
async def log_in(request: Request, body: LoginIn) -> LoginOut:
    state = request.app.state
    opened = await login.log_in_with_password(
        state.engine, state.sealer, body.district, body.username, body.password, body.totp
    )
    return LoginOut.model_validate(opened)


@router.delete("/login-sessions/current", status_code=204)
async def log_out(ctx: Authed) -> None:
    await login.log_out(ctx)


@router.get("/me")
async def me(ctx: Authed) -> MeOut:
    return MeOut(
        person_id=queries.own_id(ctx),
        name=await queries.own_name(ctx),
        district_id=ctx.district_id,
        permissions=sorted(ctx.actor.permissions),
        pupils=await queries.own_pupils(ctx),
    )


@router.get("/people")
async def list_people(
    request: Request,
    ctx: Authed,
    class_id: UUID | None = None,
    name: Annotated[Name | None, Query()] = None,
    purpose: Purpose = "查看名单",
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[PersonOut]:
    found = await queries.list_people(ctx, class_id, name, cursor, limit, purpose)
    return page_of(PersonOut, request, found)


@router.post("/people", status_code=201)
async def create_person(ctx: Authed, body: PersonIn, once: OnceDep) -> PersonOut:
    async def use_case() -> PersonOut:
        row = await people.register_person(ctx, body.name, body.class_id, body.student_no)
        return PersonOut.model_validate(row)

    return await once.run(ctx, body, use_case, 201)


@router.get("/people/{person_id}")
async def read_person(
    person_id: UUID, ctx: Authed, response: Response, purpose: Purpose = "查看个人资料"
) -> PersonOut:
    person = await queries.read_person(ctx, person_id, purpose)
    tagged(response, person.version)
    return PersonOut.model_validate(person)


@router.patch("/people/{person_id}")
async def change_person(
    person_id: UUID, ctx: Authed, body: PersonChange, response: Response, if_match: IfMatch = None
) -> PersonOut:
    change = body.changes()
    person = await people.change_person(ctx, person_id, change, version_of(if_match))
    tagged(response, person.version)
    return PersonOut.model_validate(person)


@router.get("/guardianships")
async def list_guardianships(
    request: Request,
    ctx: Authed,
    pupil_id: UUID | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[GuardianshipOut]:
    found = await queries.list_guardianships(ctx, pupil_id, cursor, limit)
    return page_of(GuardianshipOut, request, found)


@router.post("/guardianships", status_code=201)
async def create_guardianship(ctx: Authed, body: GuardianshipIn) -> GuardianshipOut:
    tie = await people.add_guardian(ctx, body.guardian_id, body.pupil_id, body.relation)
    return GuardianshipOut.model_validate(tie)


@router.post("/guardianships/{guardianship_id}/end")
async def end_guardianship(guardianship_id: UUID, ctx: Authed) -> GuardianshipOut:
    return GuardianshipOut.model_validate(await people.end_guardianship(ctx, guardianship_id))


@router.post("/binding-codes", status_code=201)
async def create_binding_code(ctx: Authed, body: BindingCodeIn) -> BindingCodeOut:
    row, code = await binding.issue_binding_code(ctx, body.pupil_id, body.relation)
    return BindingCodeOut(id=row.id, code=code, expires_at=row.expires_at)


@router.post("/classes/{class_id}/binding-letters", response_class=Response)
async def print_letters(class_id: UUID, ctx: Authed, request: Request) -> Response:
    """The class's letters as one PDF; printing again voids the codes not used yet."""
    base_url = request.app.state.settings.base_url
    printed = await letters.print_letters(ctx, [class_id], base_url)
    return download(printed.pdf, "绑定信.pdf", PDF)


@router.get("/role-grants")
async def list_roles(
    request: Request,
    ctx: Authed,
    person_id: UUID | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[RoleGrantOut]:
    found = await queries.list_roles(ctx, person_id, cursor, limit)
    return page_of(RoleGrantOut, request, found)


@router.post("/role-grants", status_code=201)
async def grant_role(ctx: Authed, body: RoleGrantIn) -> RoleGrantOut:
    return RoleGrantOut.model_validate(await people.grant_role(ctx, body.model_dump()))


@router.post("/role-grants/{grant_id}/end")
async def end_role(grant_id: UUID, ctx: Authed) -> RoleGrantOut:
    return RoleGrantOut.model_validate(await people.end_role(ctx, grant_id))


@router.post("/delegations", status_code=201)
async def delegate_role(ctx: Authed, body: DelegationIn) -> RoleGrantOut:
    return RoleGrantOut.model_validate(await delegation.delegate_role(ctx, body.model_dump()))


@router.post("/delegations/{grant_id}/end")
async def end_delegation(grant_id: UUID, ctx: Authed) -> RoleGrantOut:
    return RoleGrantOut.model_validate(await delegation.end_delegation(ctx, grant_id))


@router.get("/organizations/{organization_id}/staff")
async def list_staff(organization_id: UUID, ctx: Authed) -> Page[StaffOut]:
    return Page(items=await queries.staff_of(ctx, organization_id))


@router.get("/contacts")
async def list_contacts(ctx: Authed, organization_id: UUID | None = None) -> Page[ContactOut]:
    rows = await queries.list_contacts(ctx, organization_id)
    return Page(items=[ContactOut.model_validate(row) for row in rows])


@router.post("/contacts", status_code=201)
async def appoint_contact(ctx: Authed, body: ContactIn) -> ContactOut:
    row = await contacts.appoint_contact(
        ctx, body.organization_id, body.person_id, body.deputy_id, body.position
    )
    return ContactOut.model_validate(row)


@router.post("/contacts/{contact_id}/end")
async def end_contact(contact_id: UUID, ctx: Authed) -> ContactOut:
    return ContactOut.model_validate(await contacts.end_contact(ctx, contact_id))


@router.get("/organizations/{organization_id}/contacts")
async def contact_history(organization_id: UUID, ctx: Authed) -> Page[ContactOut]:
    rows = await queries.contact_history(ctx, organization_id)
    return Page(items=[ContactOut.model_validate(row) for row in rows])


@router.get("/promotions")
async def list_promotions(
    request: Request,
    ctx: Authed,
    organization_id: UUID | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[PromotionOut]:
    kind = ImportKind.PROMOTION
    found = await queries.list_imports(ctx, organization_id, cursor, limit, kind)
    return page_of(PromotionOut, request, found)


@router.get("/promotions/preview")
async def preview_promotion(
    ctx: Authed, organization_id: UUID, school_year: Annotated[int, Query(ge=2000, le=2099)]
) -> PromotionPreview:
    return await promotion.preview_promotion(ctx, organization_id, school_year)


@router.post("/promotions", status_code=201)
async def promote(ctx: Authed, body: PromotionIn) -> PromotionOut:
    row = await promotion.promote(ctx, body.organization_id, body.school_year, body.pupils)
    return PromotionOut.model_validate(row)


@router.post("/promotions/{promotion_id}/undo")
async def undo_promotion(promotion_id: UUID, ctx: Authed) -> PromotionOut:
    return PromotionOut.model_validate(await promotion.undo_promotion(ctx, promotion_id))


@router.get("/roster-imports")
async def list_imports(
    request: Request,
    ctx: Authed,
    organization_id: UUID | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[RosterImportOut]:
    found = await queries.list_imports(ctx, organization_id, cursor, limit)
    return page_of(RosterImportOut, request, found)


@router.get("/roster-imports/template", response_class=Response)
async def roster_template(ctx: Authed) -> Response:
    ctx.require(P.PERSON_EDIT)
    return download(queries.roster_template(), "学生名册模板.xlsx", XLSX)


@router.post("/roster-imports", status_code=202, max_body_size=LARGEST_UPLOAD)
async def upload_roster(
    ctx: Authed, organization_id: Annotated[UUID, Form()], file: UploadFile
) -> RosterImportOut:
    row = await roster.upload_roster(ctx, organization_id, await file.read(LARGEST_FILE + 1))
    return RosterImportOut.model_validate(row)


@router.get("/roster-imports/{import_id}")
async def read_import(import_id: UUID, ctx: Authed) -> RosterReportOut:
    return RosterReportOut.model_validate(await roster.access_import(ctx, import_id))


@router.get("/roster-imports/{import_id}/report", response_class=Response)
async def roster_report(import_id: UUID, ctx: Authed) -> Response:
    row = await roster.access_import(ctx, import_id)
    return download(queries.roster_report(row), "名册检查结果.xlsx", XLSX)


@router.post("/roster-imports/{import_id}/apply", status_code=202)
async def apply_roster(import_id: UUID, ctx: Authed) -> RosterImportOut:
    return RosterImportOut.model_validate(await roster.order_apply(ctx, import_id))


@router.post("/roster-imports/{import_id}/undo")
async def undo_roster(import_id: UUID, ctx: Authed) -> RosterImportOut:
    return RosterImportOut.model_validate(await roster_apply.undo_roster(ctx, import_id))


@router.get("/consent-texts")
async def list_texts(ctx: Authed) -> Page[ConsentTextOut]:
    rows = await queries.current_texts(ctx)
    return Page(items=[ConsentTextOut.model_validate(row) for row in rows])


@router.post("/consent-texts", status_code=201)
async def publish_text(ctx: Authed, body: ConsentTextIn) -> ConsentTextOut:
    row = await consent.publish_text(ctx, body.purpose, body.title, body.body)
    return ConsentTextOut.model_validate(row)


@router.get("/pupils/{pupil_id}/consents")
async def list_consents(pupil_id: UUID, ctx: Authed) -> Page[ConsentLine]:
    pairs = await queries.list_consents(ctx, pupil_id)
    items = [
        ConsentLine(
            **ConsentOut.model_validate(row).model_dump(),
            purpose=text.purpose,
            title=text.title,
            number=text.number,
            hash=text.hash,
        )
        for row, text in pairs
    ]
    return Page(items=items)


@router.post("/consents", status_code=201)
async def give_consent(ctx: Authed, body: ConsentIn) -> ConsentOut:
    row = await consent.give_consent(ctx, body.text_id, body.pupil_id, body.text_hash)
    return ConsentOut.model_validate(row)


@router.post("/consents/{consent_id}/withdraw")
async def withdraw_consent(consent_id: UUID, ctx: Authed) -> ConsentOut:
    return ConsentOut.model_validate(await consent.withdraw_consent(ctx, consent_id))
