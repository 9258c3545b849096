"""Are there barriers on any page (axe), on the desk and on the phone, by day and by night?"""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ViewportSize

from app.web.console.screens import LISTINGS
from tests.cast import CAST, POTTERY, SCHOOL, Somebody
from tests.web.stage import OFFICE, PHONE, Site, acting

pytestmark = pytest.mark.timeout(180)
# Without the list of what is fine, a run is several times faster.
EVERY: dict[str, Any] = {"resultTypes": ["violations"]}
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
    "bases/new venues/new organizations/new",
    CAST.admin: "organizations classes pupils roles audit roles/new?name=叶 staff api-keys "
    "api-keys/new account account/second-factor account/proof",
    CAST.publisher: "activities/new nothing-here",
}


def _console_pages(site: Site) -> list[tuple[Somebody, str]]:
    found = [(who, f"/console/{slug}") for who, slugs in CONSOLE.items() for slug in slugs.split()]
    listed = {path.removeprefix("/console/") for _, path in found}
    assert {listing.slug for listing in LISTINGS} <= listed
    return [
        *found,
        (CAST.secretary, "/console"),
        (CAST.secretary, f"/console/activities/{site.activity}"),
        (CAST.publisher, f"/console/sessions/{site.door}/roster"),
        (CAST.publisher, f"/console/bases/{POTTERY}"),
        (CAST.admin, f"/console/staff/{CAST.teacher.id}/invitation"),
        (CAST.liaison, f"/console/organizations/{SCHOOL}/edit"),
        (CAST.liaison, f"/console/pupils/{CAST.xiaonan.id}/passport"),
    ]


def _family_pages(site: Site) -> list[tuple[Somebody, str]]:
    paths = "/m /m/bookings /m/passport /m/notices /m/children /m/goodbye /m/nothing".split()
    return [(CAST.twin_dad, path) for path in (*paths, f"/m/sessions/{site.session}")]


@pytest.mark.parametrize("area", ["console", "family"])
def test_there_are_no_barriers(context: BrowserContext, site: Site, area: str) -> None:
    """Every rule at 1280 px in light, contrast at 390 px in dark; typical pages in all four ways."""
    pages = _console_pages(site) if area == "console" else _family_pages(site)
    axe, found = Axe(), []
    for who, path in pages:
        page = acting(context, site, who)
        page.set_viewport_size(OFFICE)
        page.emulate_media(color_scheme="light")
        page.goto(f"{site.url}{path}")
        ways = FOUR_WAYS if path in TYPICAL or area == "family" else ALWAYS
        for size, scheme, rules in ways:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            result = axe.run(page, options=rules)
            if result.violations_count:
                found.append(f"{path} {size['width']} {scheme}: {result.generate_report()}")
    assert not found, "\n".join(found)


def test_the_login_and_binding_pages_have_no_barriers(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(f"{site.url}/console/login")
    assert Axe().run(page).violations_count == 0
