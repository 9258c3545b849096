"""Courses with their brand, the frozen yearly catalogue and its PDF, and mentors."""

import asyncio

import pypdfium2

from tests.cast import CAST, SCHOOL, UNIT
from tests.client import Client

COURSE = {
    "organization_id": str(UNIT),
    "title": "捏一只小碗",
    "culture": "“和美”文化",
    "feature": "非遗陶艺进课堂",
    "theme": "传统手工",
    "place": "陶艺工坊二楼",
    "leader": "陶老师",
    "summary": "#set text(red) 从揉泥到上釉。",
    "min_grade": 1,
    "max_grade": 5,
}


async def _two_courses(client: Client) -> None:
    assert (await client.post(CAST.publisher, "/courses", COURSE)).status_code == 201
    school = {**COURSE, "organization_id": str(SCHOOL), "title": "节气里的诗", "theme": "文学"}
    other = {**school, "min_grade": 4, "max_grade": 4, "summary": "读一首，画一幅。"}
    assert (await client.post(CAST.liaison, "/courses", other)).status_code == 201


async def test_courses_are_found_by_grade_theme_unit_and_words(client: Client) -> None:
    await _two_courses(client)
    for query, titles in (
        ("grade=5", ["捏一只小碗"]),
        ("grade=4", ["捏一只小碗", "节气里的诗"]),
        ("theme=手工", ["捏一只小碗"]),
        ("words=读一首", ["节气里的诗"]),
        ("words=100%25", []),
        (f"organization_id={SCHOOL}", ["节气里的诗"]),
    ):
        found = (await client.get(CAST.mama, f"/courses?{query}")).json()["items"]
        assert [row["title"] for row in found] == titles, query


async def test_an_edition_is_frozen_once_and_later_edits_do_not_reach_it(client: Client) -> None:
    empty = await client.post(CAST.secretary, "/course-editions", {"year": 2026})
    assert empty.json()["code"] == "resources.no_courses"
    await _two_courses(client)
    answers = await asyncio.gather(
        *(
            client.post(who, "/course-editions", {"year": 2026})
            for who in (CAST.secretary, CAST.second_secretary, CAST.secretary)
        )
    )
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    edition = answers[0].json()
    course = await client.value("SELECT id FROM course WHERE title = '捏一只小碗'")
    await client.patch(CAST.publisher, f"/courses/{course}", {"leader": "换人了"})
    again = (await client.post(CAST.secretary, "/course-editions", {"year": 2026})).json()
    assert again["digest"] == edition["digest"]
    full = (await client.get(CAST.mama, f"/course-editions/{edition['id']}")).json()
    leaders = {entry["title"]: entry["leader"] for entry in full["entries"]}
    assert leaders == {"捏一只小碗": "陶老师", "节气里的诗": "陶老师"}
    refused = await client.post(CAST.publisher, "/course-editions", {"year": 2027})
    assert refused.status_code == 403
    foreign = await client.get(CAST.foreign_secretary, f"/course-editions/{edition['id']}")
    assert foreign.status_code == 404


async def test_the_catalogue_is_printed_with_contents_and_one_entry_a_course(
    client: Client,
) -> None:
    await _two_courses(client)
    edition = (await client.post(CAST.secretary, "/course-editions", {"year": 2026})).json()
    answer = await client.get(CAST.teacher, f"/course-editions/{edition['id']}/pdf")
    assert answer.headers["content-type"] == "application/pdf"
    document = pypdfium2.PdfDocument(answer.content)
    pages = [page.get_textpage().get_text_range() for page in document]
    width, height = document[0].get_size()
    assert (round(width), round(height)) == (595, 842), "A4"
    assert edition["digest"] in pages[0].replace("\n", "").replace("\r", "")
    assert "目录" in pages[1]
    assert "捏一只小碗" in pages[1]
    body = "".join(pages[2:])
    for word in ("陶艺工坊", "叶城小学", "非遗陶艺进课堂", "“和美”文化", "一年级至五年级"):
        assert word in body, word
    assert "#set text(red)" in body, "text is text, never markup"


async def test_a_mentor_is_vetted_by_the_secretariat_and_anew_after_a_change(
    client: Client,
) -> None:
    body = {"organization_id": str(UNIT), "name": "竹编师傅", "skills": "竹编", "weekdays": ["3"]}
    made = await client.post(CAST.publisher, "/mentors", body)
    assert (made.status_code, made.json()["vetting"]) == (201, "pending")
    path = f"/mentors/{made.json()['id']}"
    own = await client.post(CAST.publisher, f"{path}/vet", {"passed": True})
    assert own.status_code == 403
    mute = await client.post(CAST.secretary, f"{path}/vet", {"passed": False})
    assert mute.json()["code"] == "resources.reason_needed"
    passed = (await client.post(CAST.secretary, f"{path}/vet", {"passed": True})).json()
    assert passed["vetting"] == "passed"
    assert passed["vetted_on"] is not None
    hours = await client.patch(CAST.publisher, path, {"availability": "周三下午"})
    assert hours.json()["vetting"] == "passed"
    renamed = await client.patch(CAST.publisher, path, {"name": "另一位"})
    assert (renamed.json()["vetting"], renamed.json()["vetted_on"]) == ("pending", None)
    assert (await client.patch(CAST.other_publisher, path, {"name": "x"})).status_code == 404
    stranger = {**body, "person_id": str(CAST.liaison.id)}
    foreign = await client.post(CAST.publisher, "/mentors", stranger)
    assert foreign.json()["code"] == "resources.foreign_person"
    wrong = await client.post(CAST.publisher, "/mentors", {**body, "weekdays": ["8"]})
    assert wrong.status_code == 422
    assert (await client.get(CAST.mama, "/mentors")).status_code == 403


async def test_a_course_for_the_youngest_is_printed_too(client: Client) -> None:
    """Grade 0 (托班) is within the bounds of a course, so it has a word."""
    course = {**COURSE, "min_grade": 0, "max_grade": 0}
    assert (await client.post(CAST.publisher, "/courses", course)).status_code == 201
    edition = (await client.post(CAST.secretary, "/course-editions", {"year": 2026})).json()
    answer = await client.get(CAST.teacher, f"/course-editions/{edition['id']}/pdf")
    assert answer.status_code == 200, answer.text
    document = pypdfium2.PdfDocument(answer.content)
    assert "托班" in "".join(page.get_textpage().get_text_range() for page in document)
