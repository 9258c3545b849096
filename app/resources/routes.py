"""HTTP for bases, venues and courses."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.files.uploads import LARGEST_UPLOAD, Document
from app.kit.bounds import Grade, Name
from app.kit.deps import Authed
from app.kit.http import PDF, Cursor, IfMatch, PageSize, download, page_of, tagged, version_of
from app.kit.paging import Page
from app.orgs.schemas import OrganizationOut
from app.resources import queries
from app.resources.kinds import POSTER_NAMES, ApplicationState, PosterForm, Vetting
from app.resources.schemas import (
    ApplicationOut,
    BaseChange,
    BaseIn,
    BaseOut,
    CourseChange,
    CourseIn,
    CourseOut,
    EditionFullOut,
    EditionIn,
    EditionOut,
    MentorChange,
    MentorIn,
    MentorOut,
    PaperChange,
    PaperIn,
    PaperOut,
    PosterOut,
    ReasonIn,
    VenueChange,
    VenueIn,
    VenueOut,
    VettingIn,
)
from app.resources.service import catalogue, keeping, mentors, posters, units

router = APIRouter(tags=["resources"])


@router.get("/bases")
async def list_bases(
    request: Request,
    ctx: Authed,
    organization_id: UUID | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[BaseOut]:
    found = await queries.list_bases(ctx, organization_id, cursor, limit)
    return page_of(BaseOut, request, found)


@router.post("/bases", status_code=201)
async def create_base(ctx: Authed, body: BaseIn) -> BaseOut:
    return BaseOut.model_validate(await keeping.register_base(ctx, body.model_dump()))


@router.get("/bases/{base_id}")
async def read_base(base_id: UUID, ctx: Authed, response: Response) -> BaseOut:
    row = await queries.read_base(ctx, base_id)
    tagged(response, row.version)
    return BaseOut.model_validate(row)


@router.patch("/bases/{base_id}")
async def change_base(
    base_id: UUID, ctx: Authed, body: BaseChange, response: Response, if_match: IfMatch = None
) -> BaseOut:
    row = await keeping.change_base(ctx, base_id, body.changes(), version_of(if_match))
    tagged(response, row.version)
    return BaseOut.model_validate(row)


@router.get("/bases/{base_id}/poster")
async def read_poster(base_id: UUID, ctx: Authed, request: Request) -> PosterOut:
    base = await queries.read_poster(ctx, base_id)
    address = f"{request.app.state.settings.base_url}/c/{base.scene}"
    return PosterOut(scene=base.scene, qr_url=base.qr_url, check_in_url=address)


@router.get("/bases/{base_id}/poster.pdf", response_class=Response)
async def print_poster(
    base_id: UUID, ctx: Authed, request: Request, form: PosterForm = PosterForm.POSTER
) -> Response:
    """The base's code on paper: `form=poster` for the wall, `form=cards` for tables."""
    base_url = request.app.state.settings.base_url
    name, pdf = await posters.print_poster(ctx, base_id, form, base_url)
    return download(pdf, f"{POSTER_NAMES[form]}{name}.pdf", PDF)


@router.get("/venues")
async def list_venues(
    request: Request,
    ctx: Authed,
    organization_id: UUID | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[VenueOut]:
    found = await queries.list_venues(ctx, organization_id, cursor, limit)
    return page_of(VenueOut, request, found)


@router.post("/venues", status_code=201)
async def create_venue(ctx: Authed, body: VenueIn) -> VenueOut:
    return VenueOut.model_validate(await keeping.register_venue(ctx, body.model_dump()))


@router.get("/venues/{venue_id}")
async def read_venue(venue_id: UUID, ctx: Authed, response: Response) -> VenueOut:
    row = await queries.read_venue(ctx, venue_id)
    tagged(response, row.version)
    return VenueOut.model_validate(row)


@router.patch("/venues/{venue_id}")
async def change_venue(
    venue_id: UUID, ctx: Authed, body: VenueChange, response: Response, if_match: IfMatch = None
) -> VenueOut:
    row = await keeping.change_venue(ctx, venue_id, body.changes(), version_of(if_match))
    tagged(response, row.version)
    return VenueOut.model_validate(row)


@router.get("/courses")
async def list_courses(
    request: Request,
    ctx: Authed,
    organization_id: UUID | None = None,
    grade: Annotated[Grade | None, Query()] = None,
    words: Annotated[Name | None, Query()] = None,
    theme: Annotated[Name | None, Query()] = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[CourseOut]:
    found = await queries.list_courses(ctx, organization_id, cursor, limit, grade, words, theme)
    return page_of(CourseOut, request, found)


@router.post("/courses", status_code=201)
async def create_course(ctx: Authed, body: CourseIn) -> CourseOut:
    return CourseOut.model_validate(await keeping.add_course(ctx, body.model_dump()))


@router.get("/courses/{course_id}")
async def read_course(course_id: UUID, ctx: Authed, response: Response) -> CourseOut:
    row = await queries.read_course(ctx, course_id)
    tagged(response, row.version)
    return CourseOut.model_validate(row)


@router.patch("/courses/{course_id}")
async def change_course(
    course_id: UUID, ctx: Authed, body: CourseChange, response: Response, if_match: IfMatch = None
) -> CourseOut:
    row = await keeping.change_course(ctx, course_id, body.changes(), version_of(if_match))
    tagged(response, row.version)
    return CourseOut.model_validate(row)


@router.get("/unit-applications")
async def list_applications(
    request: Request,
    ctx: Authed,
    state: ApplicationState | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[ApplicationOut]:
    found = await queries.list_applications(ctx, state, cursor, limit)
    return page_of(ApplicationOut, request, found)


@router.post("/unit-applications/{application_id}/accept")
async def accept_application(application_id: UUID, ctx: Authed) -> ApplicationOut:
    return ApplicationOut.model_validate(await units.accept_application(ctx, application_id))


@router.post("/unit-applications/{application_id}/decline")
async def decline_application(application_id: UUID, ctx: Authed, body: ReasonIn) -> ApplicationOut:
    row = await units.decline_application(ctx, application_id, body.reason)
    return ApplicationOut.model_validate(row)


@router.post("/organizations/{organization_id}/activate")
async def activate_unit(organization_id: UUID, ctx: Authed) -> OrganizationOut:
    return OrganizationOut.model_validate(await units.activate_unit(ctx, organization_id))


@router.post("/organizations/{organization_id}/suspend")
async def suspend_unit(organization_id: UUID, ctx: Authed, body: ReasonIn) -> OrganizationOut:
    row = await units.suspend_unit(ctx, organization_id, body.reason)
    return OrganizationOut.model_validate(row)


@router.post("/organizations/{organization_id}/end")
async def end_unit(organization_id: UUID, ctx: Authed, body: ReasonIn) -> OrganizationOut:
    row = await units.end_unit(ctx, organization_id, body.reason)
    return OrganizationOut.model_validate(row)


@router.get("/papers")
async def list_papers(
    request: Request,
    ctx: Authed,
    organization_id: UUID | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[PaperOut]:
    found = await queries.list_papers(ctx, organization_id, cursor, limit)
    return page_of(PaperOut, request, found)


@router.post("/papers", status_code=201)
async def add_paper(ctx: Authed, body: PaperIn) -> PaperOut:
    return PaperOut.model_validate(await units.add_paper(ctx, body.model_dump()))


@router.patch("/papers/{paper_id}")
async def change_paper(
    paper_id: UUID, ctx: Authed, body: PaperChange, response: Response, if_match: IfMatch = None
) -> PaperOut:
    row = await units.change_paper(ctx, paper_id, body.changes(), version_of(if_match))
    tagged(response, row.version)
    return PaperOut.model_validate(row)


@router.put("/papers/{paper_id}/file", max_body_size=LARGEST_UPLOAD)
async def attach_scan(paper_id: UUID, file: Document, ctx: Authed) -> PaperOut:
    return PaperOut.model_validate(await units.attach_scan(ctx, paper_id, file))


@router.get("/papers/{paper_id}/file", response_class=Response)
async def read_scan(paper_id: UUID, ctx: Authed) -> Response:
    found = await units.read_scan(ctx, paper_id)
    return download(found.content, found.name, found.media)


@router.get("/mentors")
async def list_mentors(
    request: Request,
    ctx: Authed,
    organization_id: UUID | None = None,
    vetting: Vetting | None = None,
    words: Annotated[Name | None, Query()] = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[MentorOut]:
    found = await queries.list_mentors(ctx, organization_id, vetting, words, cursor, limit)
    return page_of(MentorOut, request, found)


@router.post("/mentors", status_code=201)
async def add_mentor(ctx: Authed, body: MentorIn) -> MentorOut:
    return MentorOut.model_validate(await mentors.add_mentor(ctx, body.model_dump()))


@router.get("/mentors/{mentor_id}")
async def read_mentor(mentor_id: UUID, ctx: Authed, response: Response) -> MentorOut:
    row = await queries.read_mentor(ctx, mentor_id)
    tagged(response, row.version)
    return MentorOut.model_validate(row)


@router.patch("/mentors/{mentor_id}")
async def change_mentor(
    mentor_id: UUID, ctx: Authed, body: MentorChange, response: Response, if_match: IfMatch = None
) -> MentorOut:
    row = await mentors.change_mentor(ctx, mentor_id, body.changes(), version_of(if_match))
    tagged(response, row.version)
    return MentorOut.model_validate(row)


@router.post("/mentors/{mentor_id}/vet")
async def vet_mentor(mentor_id: UUID, ctx: Authed, body: VettingIn) -> MentorOut:
    row = await mentors.vet_mentor(ctx, mentor_id, body.note, passed=body.passed)
    return MentorOut.model_validate(row)


@router.get("/course-editions")
async def list_editions(ctx: Authed) -> Page[EditionOut]:
    rows = await queries.list_editions(ctx)
    return Page(items=[EditionOut.model_validate(row) for row in rows])


@router.post("/course-editions", status_code=201)
async def freeze_edition(ctx: Authed, body: EditionIn) -> EditionOut:
    return EditionOut.model_validate(await catalogue.freeze_edition(ctx, body.year))


@router.get("/course-editions/{edition_id}")
async def read_edition(edition_id: UUID, ctx: Authed) -> EditionFullOut:
    return EditionFullOut.model_validate(await queries.read_edition(ctx, edition_id))


@router.get(
    "/course-editions/{edition_id}/pdf",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
async def print_edition(edition_id: UUID, ctx: Authed) -> Response:
    edition, pdf = await catalogue.print_edition(ctx, edition_id)
    headers = {"Content-Disposition": f'attachment; filename="courses-{edition.year}.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)
