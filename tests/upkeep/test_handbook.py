"""Does the handbook describe only what exists: addresses, screens, sentences?"""

import re

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from app.kit.settings import Settings
from app.main import create_app
from tests.arch.source import ROOT, sources

HANDBOOK = (ROOT / "docs" / "handbook.md").read_text(encoding="utf-8")
CALL = re.compile(r"`(GET|POST|PATCH|DELETE) (/v1/[^`]+)`")
SCREEN = re.compile(r"https://学区网址(/(?:console|m|docs|wechat)[^`\s]*)`")
SAID = re.compile(r"^\| (?!屏幕上说|状态|---)([^|]+) \|", re.MULTILINE)
QUOTED = re.compile(r"[“]([^“”]{4,30})[”]")
# Words of the reader's world, not of the screen.
OWN_WORDS = {
    "三（2）班",
    "中（1）班",
    "3年级2班",
    "三(2)班",
    "在读、转入、转出、毕业",
    "第几条不对",
    "教育服务 › 学历教育（学校）",
    "用户隐私保护指引",
}


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app(Settings(demo=True, database_url="postgresql+asyncpg://localhost/none"))


def shape(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path).replace("名称", "{}")


def test_every_address_exists(app: FastAPI) -> None:
    known = {
        (method, shape(route.path or ""))
        for route in iter_route_contexts(app.routes)
        for method in route.methods or ()
    }
    told = {(method, shape(path)) for method, path in CALL.findall(HANDBOOK)}
    told |= {("GET", shape(path)) for path in SCREEN.findall(HANDBOOK)}
    assert len(told) > 10
    assert sorted(told - known) == []


def test_every_sentence_and_word_of_the_screen_exists() -> None:
    """Tables of sentences and quoted words; an f-string is compared piece by piece."""
    texts = "\n".join(source.text for source in sources())
    pages = (ROOT / "app" / "web" / "templates").rglob("*.html")
    texts += "\n".join(page.read_text(encoding="utf-8") for page in pages)
    told = set(SAID.findall(HANDBOOK)) | set(QUOTED.findall(HANDBOOK))
    pieces = {
        piece
        for sentence in told - OWN_WORDS
        for piece in re.split(r"[：、（）]", sentence)
        if len(piece) > 1
    }
    assert len(pieces) > 30
    assert sorted(piece for piece in pieces if piece not in texts) == []
