"""Are there barriers on any page (axe), on the desk and on the phone, by day and by night?"""

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, ViewportSize

from app.web.console.screens import LISTINGS
from tests.cast import CAST, CLASS_3, POTTERY, SCHOOL, UNIT, Somebody
from tests.web.conftest import phone_cookie
from tests.web.stage import OFFICE, PHONE, Site, acting

pytestmark = pytest.mark.timeout(180)
# Without the list of what is fine, a run is several times faster.
EVERY: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
CONTRAST: dict[str, Any] = {**EVERY, "runOnly": ["color-contrast"]}
Way = tuple[ViewportSize, str, dict[str, Any]]
# The rules look at the same document in either width; colours and sizes differ.
ALWAYS: tuple[Way, ...] = ((OFFICE, "light", EVERY), (PHONE, "dark", CONTRAST))
FOUR_WAYS: tuple[Way, ...] = (
    (OFFICE, "light", EVERY),
    (OFFICE, "dark", CONTRAST),
    (PHONE, "dark", EVERY),
    (PHONE, "light", CONTRAST),
)
TYPICAL = ("/console", "/console/reviews", "/console/jobs", "/console/bases/new")

CONSOLE = {
    CAST.secretary: "reviews activities bookings bases courses venues markers deliveries jobs accounts "
    "units applications editions editions/new mentors calendar "
    "deletion-proofs incidents doctor compliance consents consents/photo consents/health_note "
    "moderation moderation-words evaluation-alerts evaluations rounds rounds/new rule-sets groups groups/new terms terms/new headcounts contacts "
    "bases/new venues/new organizations/new incidents/new prints city "
    "announcements announcements/new column-articles column-articles/new link-hosts received "
    "operations operations?done=1 channel-health message-previews unreached unreached?told=1",
    CAST.liaison: f"imports imports/new letters classes/{CLASS_3}/edit pupils/{CAST.xiaonan.id} "
    f"pupils/{CAST.xiaonan.id}/edit pupils/{CAST.xiaonan.id}/guardians/new?name=小南外婆 data-requests "
    "unreached?names=1 promotions promotions/new roles/delegate school-needs school-needs/new prints "
    f"pupils/{CAST.xiaonan.id}/city-record",
    CAST.teacher: f"sheets corrections leaves risks feeds class-bookings class-bookings/new requests classes/{CLASS_3} classes/{CLASS_3}?names=1",
    CAST.admin: "organizations classes pupils roles audit access-digest roles/new?name=叶 staff api-keys "
    "api-keys/new account account/second-factor account/proof",
    CAST.publisher: "activities/new mentors/new mentor-invitations nothing-here",
}


def _look(page: Page, rules: dict[str, Any]) -> AxeResults:
    """What `Axe.run` does, but its half a megabyte is given to a document once."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return AxeResults(page.evaluate("rules => axe.run(rules)", rules))


def _console_pages(site: Site) -> list[tuple[Somebody, str]]:
    found = [(who, f"/console/{slug}") for who, slugs in CONSOLE.items() for slug in slugs.split()]
    listed = {path.removeprefix("/console/") for _, path in found}
    assert {listing.slug for listing in LISTINGS} <= listed
    return [
        *found,
        (CAST.secretary, "/console"),
        (CAST.secretary, f"/console/rounds/{site.round}"),
        (CAST.secretary, f"/console/activities/{site.activity}"),
        (CAST.secretary, "/console/reviews?every=1"),
        (CAST.secretary, "/console/reviews?title=等待"),
        (CAST.secretary, f"/console/terms/{site.term}"),
        (CAST.secretary, f"/console/headcounts/{SCHOOL}"),
        (CAST.liaison, f"/console/contacts/{SCHOOL}"),
        (CAST.liaison, f"/console/promotions/{SCHOOL}/2026"),
        (CAST.publisher, f"/console/sessions/{site.door}/roster"),
        (CAST.publisher, f"/console/sessions/{site.door}/code"),
        (CAST.publisher, f"/console/sessions/{site.door}/sheets"),
        (CAST.publisher, f"/console/sessions/{site.door}/evaluation"),
        (CAST.publisher, f"/console/activities/{site.activity}/task-sheet"),
        (CAST.publisher, f"/console/bases/{POTTERY}"),
        (CAST.publisher, f"/console/bases/{POTTERY}/stamp"),
        (CAST.admin, f"/console/staff/{CAST.teacher.id}/invitation"),
        (CAST.publisher, f"/console/units/{UNIT}"),
        (CAST.publisher, f"/console/activities/{site.activity}/copy"),
        (CAST.publisher, f"/console/activities/{site.activity}/repeat"),
        (CAST.publisher, f"/console/activities/{site.activity}/adjust"),
        (CAST.publisher, f"/console/sessions/{site.door}/move"),
        (CAST.publisher, f"/console/sessions/{site.door}/settings"),
        (CAST.secretary, "/console/booking-rules"),
        (CAST.secretary, f"/console/announcements/{site.announcement}"),
        (CAST.liaison, f"/console/announcements/{site.announcement}/unread/{SCHOOL}"),
        (CAST.secretary, f"/console/column-articles/{site.article}"),
        (CAST.liaison, f"/console/organizations/{SCHOOL}/edit"),
        (CAST.liaison, f"/console/pupils/{CAST.xiaonan.id}/passport"),
        (CAST.liaison, f"/console/city/{site.publicity}"),
        *((CAST.liaison, f"/console/imports/{one}") for one in site.imports),
    ]


def _family_pages(site: Site) -> list[tuple[Somebody, str]]:
    paths = "/m /m/bookings /m/passport /m/passport/record /m/notices /m/children /m/goodbye /m/nothing".split()
    paths += [f"/m/sessions/{site.session}", f"/m/children/{CAST.dui.id}/consents", "/m/bind/asked"]
    paths += [f"/m/children/{CAST.dui.id}/data", "/m/rounds", f"/m/rounds/{site.round}"]
    paths += [f"/m/announcements/{site.announcement}", "/column", "/column/ND-1"]
    paths += [
        "/m/calendar?month=2026-10",
        "/m/check-in?scene=rtest",
        "/m/feeds",
        "/m/wishes",
        "/m/sheets",
        "/m?q=陶艺&category=social",
    ]
    return [(CAST.twin_dad, path) for path in paths]


@pytest.mark.parametrize("area", ["console 1", "console 2", "console 3", "family"])
def test_there_are_no_barriers(context: BrowserContext, site: Site, area: str) -> None:
    """Every rule at 1280 px in light, contrast at 390 px in dark; typical pages in all four ways."""
    pages = _family_pages(site)
    if area != "family":
        pages = _console_pages(site)[int(area[-1]) - 1 :: 3]
    found = []
    for who, path in pages:
        page = acting(context, site, who)
        page.set_viewport_size(OFFICE)
        page.emulate_media(color_scheme="light")
        page.goto(f"{site.url}{path}")
        ways = FOUR_WAYS if path in TYPICAL or area == "family" else ALWAYS
        for size, scheme, rules in ways:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            result = _look(page, rules)
            if result.violations_count:
                found.append(f"{path} {size['width']} {scheme}: {result.generate_report()}")
    assert not found, "\n".join(found)


def test_the_login_and_binding_pages_have_no_barriers(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    for path in ("/console/login", "/apply", "/apply/sent"):
        page.goto(f"{site.url}{path}")
        assert Axe().run(page).violations_count == 0, path


def test_pages_that_follow_a_form_have_no_barriers(context: BrowserContext, site: Site) -> None:
    """The preview of a consent text, a refused upload, and the way to ask the class teacher."""
    page = acting(context, site, CAST.secretary)
    page.goto(f"{site.url}/console/consents/photo")
    page.get_by_text("写新版本").click()
    page.get_by_label("标题").fill("新的标题")
    page.get_by_role("button", name="预览").click()
    assert page.get_by_role("button", name="发布第 3 版").is_visible()
    assert Axe().run(page).violations_count == 0
    page = acting(context, site, CAST.liaison)
    page.goto(f"{site.url}/console/imports/new")
    empty = {"name": "x.csv", "mimeType": "text/csv", "buffer": b" "}
    page.get_by_label("名册文件").set_input_files(empty)  # type: ignore[arg-type]
    page.get_by_role("button", name="上传并检查").click()
    assert page.get_by_role("alert").is_visible()
    assert Axe().run(page).violations_count == 0
    phone = {"name": "phone", "value": phone_cookie("o-parent"), "url": site.url}
    context.add_cookies([phone])  # type: ignore[list-item]
    page.set_viewport_size(PHONE)
    page.goto(f"{site.url}/m/bind")
    for _ in range(2):
        page.get_by_label("绑定码").fill("WRONGCODE2")
        page.get_by_label("孩子姓名").fill("小南")
        page.get_by_role("button", name="绑定", exact=True).click()
    assert page.get_by_role("button", name="请班主任确认").is_visible()
    assert Axe().run(page).violations_count == 0


def test_a_preview_and_a_plan_have_no_barriers(context: BrowserContext, site: Site) -> None:
    """What a unit sees before anything is kept, on the desk and on the phone."""
    page = acting(context, site, CAST.publisher)
    page.goto(f"{site.url}/console/activities/new")
    page.get_by_label("类型").select_option("carnival")
    page.get_by_label("活动名称").fill("小嘉年华")
    for label, value in (("最低年级", "1"), ("最高年级", "5"), ("学时类别", "social")):
        page.get_by_label(label).select_option(value)
    page.get_by_label("摊位").fill("纸艺摊 20\n糖画")
    page.get_by_role("button", name="预览").click()
    page.get_by_text("纸艺摊（约 20 人）、糖画").wait_for()
    _clean(page)
    page.get_by_role("button", name="存为草稿").click()
    page.get_by_role("link", name="按周排场次").click()
    page.get_by_label("从第几周").fill("20")
    page.get_by_label("到第几周").fill("21")
    page.get_by_label("周三").check()
    page.get_by_label("开始 （必填）").fill("14:00")
    page.get_by_label("结束 （必填）").fill("15:00")
    page.get_by_label("每场名额").fill("20")
    page.get_by_role("button", name="预览日期").click()
    page.get_by_text("将排出 2 个场次").wait_for()
    _clean(page)
    page.get_by_role("button", name="全部添加").click()
    page.get_by_role("status").wait_for()
    assert "已添加 2 个场次" in page.get_by_role("status").inner_text()


def _clean(page: Page) -> None:
    for size in (OFFICE, PHONE):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert Axe().run(page).violations_count == 0
