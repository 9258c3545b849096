"""What becomes of an upload: cleaned, kept with its owner, or refused with a sentence."""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from tests.cast import CAST, UNIT
from tests.client import Client

PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
PLACE = 0x8825  # EXIF: where a picture was taken
HIDDEN = b"<html><script>alert(1)</script></html>"


def photo(size: tuple[int, int] = (2400, 1200), turned: int = 1) -> bytes:
    """What a phone sends: with the place it was taken, and here with a page hidden behind it."""
    exif = Image.Exif()
    exif[0x0112] = turned
    exif.get_ifd(PLACE)[1] = "N"
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, "JPEG", exif=exif)
    return out.getvalue() + HIDDEN


def claimed_png(side: int) -> bytes:
    """A few bytes that say they are a picture of side × side pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


async def a_paper(client: Client) -> str:
    body = {"organization_id": str(UNIT), "kind": "other"}
    return str((await client.post(CAST.publisher, "/papers", body)).json()["id"])


async def put(client: Client, paper: str, content: bytes, name: str = "照片.jpg") -> Any:
    files = {"file": (name, content)}
    path = f"/v1/papers/{paper}/file"
    return await client.http.put(path, files=files, headers=CAST.publisher.headers)


async def test_a_photo_is_drawn_anew_without_place_or_anything_hidden(client: Client) -> None:
    paper = await a_paper(client)
    assert (await put(client, paper, photo(turned=6), "../../etc/保单.JPG")).status_code == 200
    answer = await client.http.get(f"/v1/papers/{paper}/file", headers=CAST.publisher.headers)
    assert answer.headers["content-type"] == "image/jpeg"
    assert "attachment" in answer.headers["content-disposition"]
    assert "etc" not in answer.headers["content-disposition"]
    assert b"script" not in answer.content
    picture = Image.open(io.BytesIO(answer.content))
    assert not picture.getexif()
    assert picture.size == (800, 1600), "upright, and no side over 1,600"


async def test_a_new_scan_replaces_the_old_one(client: Client) -> None:
    paper = await a_paper(client)
    for content in (photo((40, 30)), PDF):
        assert (await put(client, paper, content)).status_code == 200
    answer = await client.http.get(f"/v1/papers/{paper}/file", headers=CAST.publisher.headers)
    assert answer.content == PDF
    assert await client.value("SELECT count(*) FROM stored_file") == 1
    assert await client.value("SELECT count(*) FROM stored_content") == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "files.empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "files.unsupported"),
        (HIDDEN, "files.unsupported"),
        (b"PK\x03\x04" + b"\0" * 50, "files.unsupported"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 500, "files.unreadable"),
        (photo((400, 300))[:900], "files.unreadable"),
        (claimed_png(30_000), "files.too_many_pixels"),
        (claimed_png(5_000), "files.unreadable"),
        (PDF + b"\0" * (12 * 1024 * 1024), "files.too_large"),
    ],
    ids="empty svg html zip broken cut huge hollow heavy".split(),
)
async def test_bad_uploads_are_refused_and_leave_nothing(
    client: Client, content: bytes, code: str
) -> None:
    paper = await a_paper(client)
    answer = await put(client, paper, content)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert await client.value("SELECT count(*) FROM stored_file") == 0


async def test_strangers_and_other_units_get_nothing(client: Client) -> None:
    paper = await a_paper(client)
    path, files = f"/v1/papers/{paper}/file", {"file": ("x.jpg", photo((40, 30)))}
    assert (await client.http.put(path, files=files)).status_code == 401
    theirs = CAST.other_publisher.headers
    assert (await client.http.put(path, files=files, headers=theirs)).status_code == 404
    assert (await put(client, paper, PDF)).status_code == 200
    assert (await client.http.get(path, headers=theirs)).status_code == 404
