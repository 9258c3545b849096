"""Closed lists of files."""

from app.kit.states import StoredEnum


class Media(StoredEnum):
    """What we keep. Pictures of any kind become JPEG; nothing that a browser runs is taken."""

    JPEG = "image/jpeg"
    PDF = "application/pdf"
