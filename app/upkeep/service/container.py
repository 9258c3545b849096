"""How does a backup file prove that it is whole, and how is it kept from strangers' eyes?

Inside is a zip whose comment is the SHA-256 of everything before it. With a key
the zip is cut into frames, each under AES-GCM: the nonce counts the frames and
marks the last one, so that frames cannot be dropped, doubled, swapped or cut off.
"""

import hashlib
import hmac
import io
import os
import secrets
from typing import IO, Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from app.upkeep.errors import (
    BackupDamaged,
    BackupKeyNeeded,
    BackupKeyWrong,
    BackupTooNew,
    NotABackup,
)

FAMILY = b"WUCHUANG-BACKUP-"
MAGIC = FAMILY + b"1\n"
ZIP_MAGIC = b"PK\x03\x04"
SALT, CHECK, TAG = 16, 16, 16
HEADER = len(MAGIC) + SALT + CHECK
FRAME = 64 * 1024
SUM = 64  # hex digits of SHA-256
BLANK_SUM = b"0" * SUM


class Sink(Protocol):
    """Takes bytes in order; `finish` writes what is still held back."""

    def write(self, data: bytes, /) -> int: ...

    def finish(self) -> None: ...


class PlainSink:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, data: bytes, /) -> int:
        return self._file.write(data)

    def finish(self) -> None:
        """Nothing is held back."""


class SealingSink:
    """Encrypts; a frame leaves only when it is known whether it is the last one."""

    def __init__(self, file: IO[bytes], key: str) -> None:
        salt = secrets.token_bytes(SALT)
        self._cipher, check = _keys(key, salt)
        self._header = MAGIC + salt + check
        self._file, self._number, self._held = file, 0, bytearray()
        file.write(self._header)

    def write(self, data: bytes, /) -> int:
        self._held += data
        while len(self._held) > FRAME:
            self._emit(bytes(self._held[:FRAME]), last=False)
            del self._held[:FRAME]
        return len(data)

    def finish(self) -> None:
        self._emit(bytes(self._held), last=True)

    def _emit(self, frame: bytes, *, last: bool) -> None:
        nonce = _nonce(self._number, last=last)
        self._file.write(self._cipher.encrypt(nonce, frame, self._header))
        self._number += 1


class SummedSink:
    """Puts the sum of all bytes in the place of the last ones, which the zip leaves blank."""

    def __init__(self, inner: Sink) -> None:
        self._inner, self._sum, self._held = inner, hashlib.sha256(), b""

    def write(self, data: bytes, /) -> int:
        # memoryview: zipfile may hand over any buffer.
        held = self._held + bytes(data)
        ready, self._held = held[:-SUM], held[-SUM:]
        self._sum.update(ready)
        self._inner.write(ready)
        return len(data)

    def flush(self) -> None:
        """zipfile asks for it; what is held back stays so until the end."""

    def finish(self) -> None:
        self._inner.write(self._sum.hexdigest().encode())
        self._inner.finish()


class UnsealingReader(io.RawIOBase):
    """Reads a sealed file at any place; every frame is authenticated before a byte of it is used."""

    def __init__(self, file: IO[bytes], key: str) -> None:
        self._header = file.read(HEADER)
        salt, check = self._header[len(MAGIC) : -CHECK], self._header[-CHECK:]
        self._cipher, ours = _keys(key, salt)
        if not hmac.compare_digest(check, ours):
            raise BackupKeyWrong
        body = os.fstat(file.fileno()).st_size - HEADER
        self._frames = -(-body // (FRAME + TAG))
        if body - (self._frames - 1) * (FRAME + TAG) <= TAG:
            raise BackupDamaged(why="文件被截断")
        self._size = body - self._frames * TAG
        self._file, self._place, self._current, self._number = file, 0, b"", -1

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: Any, /) -> int:
        if self._place >= self._size:
            return 0
        number, inside = divmod(self._place, FRAME)
        part = self._frame(number)[inside : inside + len(buffer)]
        buffer[: len(part)] = part
        self._place += len(part)
        return len(part)

    def _frame(self, number: int) -> bytes:
        if number != self._number:
            self._file.seek(HEADER + number * (FRAME + TAG))
            sealed = self._file.read(FRAME + TAG)
            nonce = _nonce(number, last=number == self._frames - 1)
            try:
                self._current = self._cipher.decrypt(nonce, sealed, self._header)
            except InvalidTag as exc:
                raise BackupDamaged(why="加密校验不符") from exc
            self._number = number
        return self._current


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _keys(key: str, salt: bytes) -> tuple[AESGCM, bytes]:
    """A key for this file only, and a value that tells a wrong key from a damaged file."""
    derived = Scrypt(salt=salt, length=32 + CHECK, n=2**14, r=8, p=1).derive(key.encode())
    return AESGCM(derived[:32]), derived[32:]


def make_sink(file: IO[bytes], key: str | None) -> SummedSink:
    return SummedSink(SealingSink(file, key) if key else PlainSink(file))


def whole_zip(file: IO[bytes], key: str | None) -> IO[bytes]:
    """The zip inside a backup, after its sum was found right; anything else is refused."""
    start = file.read(HEADER)
    file.seek(0)
    zipped: IO[bytes] = file
    if start.startswith(FAMILY):
        if not start.startswith(MAGIC):
            raise BackupTooNew
        if len(start) < HEADER:
            raise BackupDamaged(why="文件被截断")
        if not key:
            raise BackupKeyNeeded
        zipped = io.BufferedReader(UnsealingReader(file, key), FRAME)
    elif not start.startswith(ZIP_MAGIC):
        raise NotABackup
    _check_sum(zipped)
    return zipped


def _check_sum(zipped: IO[bytes]) -> None:
    left = zipped.seek(0, os.SEEK_END) - SUM
    zipped.seek(0)
    found = hashlib.sha256()
    while left > 0:
        chunk = zipped.read(min(left, 1 << 20))
        if not chunk:
            break
        found.update(chunk)
        left -= len(chunk)
    if not hmac.compare_digest(zipped.read(SUM), found.hexdigest().encode()):
        raise BackupDamaged(why="整个文件的校验不符")
    zipped.seek(0)
