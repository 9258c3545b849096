"""Pure rules of uploads: what kind is it really, and what may it be called?"""

import unicodedata

from app.files.errors import EmptyFile, FileTooLarge, UnsupportedFile
from app.files.kinds import Media

LARGEST_MB = 12
LARGEST = LARGEST_MB * 1024 * 1024
LONGEST_NAME = 80
PICTURE_HEADS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
WORDS = {Media.JPEG: "照片（JPG、PNG）", Media.PDF: "PDF 文件"}


def media_of(content: bytes, allowed: tuple[Media, ...]) -> Media:
    """By the first bytes, never by the name. Refused: empty, over 12 MB, and what is not allowed here."""
    if not content:
        raise EmptyFile
    if len(content) > LARGEST:
        raise FileTooLarge(limit=LARGEST_MB)
    found = None
    if content.startswith(PICTURE_HEADS) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP"):
        found = Media.JPEG
    elif content.startswith(b"%PDF-"):
        found = Media.PDF
    if found not in allowed:
        raise UnsupportedFile(allowed="或".join(WORDS[media] for media in allowed))
    return found


def clean_name(name: str | None, media: Media) -> str:
    """The last part of what the phone called it, without what a file system or page minds."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C")
    stem = kept.rpartition(".")[0] or kept
    ending = ".jpg" if media is Media.JPEG else ".pdf"
    return (stem.strip(" .")[: LONGEST_NAME - len(ending)] or "文件") + ending
