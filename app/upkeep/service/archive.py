"""What lies in a backup, and how is it written and opened?"""

import errno
import hashlib
import json
import os
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, cast

from app.upkeep.errors import BackupDamaged, BackupMissing, BackupTooNew, CannotWrite
from app.upkeep.schemas import Manifest, TableLine
from app.upkeep.service.container import BLANK_SUM, SummedSink, make_sink, whole_zip

FORMAT = 1
MANIFEST = "manifest.json"
CHUNK = 1 << 20
SAID = {
    errno.ENOSPC: "磁盘空间不够",
    errno.EDQUOT: "磁盘空间不够",
    errno.EACCES: "没有写入权限",
    errno.EPERM: "没有写入权限",
    errno.EROFS: "磁盘是只读的",
    errno.EEXIST: "它不是文件夹",
    errno.ENOTDIR: "它不是文件夹",
}


class Writable(Protocol):
    def write(self, data: bytes, /) -> int: ...


class EntryWriter:
    """Takes one table's rows and counts and sums them on the way."""

    def __init__(self, entry: Writable) -> None:
        self._entry, self._sum, self.bytes = entry, hashlib.sha256(), 0

    def write(self, data: bytes) -> None:
        self._sum.update(data)
        self.bytes += len(data)
        self._entry.write(data)

    @property
    def sha256(self) -> str:
        return self._sum.hexdigest()


class ArchiveWriter:
    """One zip; the manifest comes last, so that nothing that was cut off has one."""

    def __init__(self, sink: SummedSink) -> None:
        # zipfile needs no more than write and flush of what it writes into.
        into = cast("IO[bytes]", sink)
        self._zip = zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._zip.comment = BLANK_SUM

    @contextmanager
    def table(self, name: str) -> Iterator[EntryWriter]:
        with self._zip.open(_entry(name), "w", force_zip64=True) as entry:
            yield EntryWriter(entry)

    def close(self, manifest: Manifest) -> None:
        self._zip.writestr(MANIFEST, manifest.model_dump_json(indent=1))
        self._zip.close()


@contextmanager
def new_backup(folder: Path, name: str, key: str | None) -> Iterator[ArchiveWriter]:
    """Write beside the place and rename at the end: a file with the right name is a whole one."""
    draft = folder / f".{name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            sink = make_sink(file, key)
            yield ArchiveWriter(sink)
            sink.finish()
            file.flush()
            os.fsync(file.fileno())
        draft.rename(folder / name)
        _sync_folder(folder)
    except OSError as exc:
        why = SAID.get(exc.errno or 0, f"系统错误 {exc.errno}")
        raise CannotWrite(why=why, folder=folder) from exc
    finally:
        with suppress(OSError):
            draft.unlink()


@dataclass(frozen=True)
class Backup:
    """An opened backup whose whole-file sum was right."""

    manifest: Manifest
    _zip: zipfile.ZipFile

    async def rows(self, table: TableLine) -> AsyncIterator[bytes]:
        """A table's rows as PostgreSQL's binary copy; ends with a refusal when their sum differs."""
        found = hashlib.sha256()
        try:
            with self._zip.open(_entry(table.name)) as entry:
                while chunk := entry.read(CHUNK):
                    found.update(chunk)
                    yield chunk
        except (zipfile.BadZipFile, KeyError, EOFError) as exc:
            raise BackupDamaged(why=f"数据表 {table.name} 读不出来") from exc
        if found.hexdigest() != table.sha256:
            raise BackupDamaged(why=f"数据表 {table.name} 的校验不符")


@contextmanager
def opened_backup(path: Path, key: str | None) -> Iterator[Backup]:
    """Open a backup that is whole, ours and not newer than this software; else refuse."""
    try:
        file = path.open("rb")
    except OSError as exc:
        raise BackupMissing(path=path) from exc
    with file:
        zipped = whole_zip(file, key)
        try:
            archive = zipfile.ZipFile(zipped)
            names = archive.namelist()
            told = archive.read(names[-1]) if names else b""
        except (zipfile.BadZipFile, EOFError) as exc:
            raise BackupDamaged(why="压缩包打不开") from exc
        if not names or names[-1] != MANIFEST:
            raise BackupDamaged(why="没有清单")
        yield Backup(_manifest(told), archive)


def _manifest(told: bytes) -> Manifest:
    try:
        if json.loads(told)["format"] > FORMAT:
            raise BackupTooNew
        return Manifest.model_validate_json(told)
    except (ValueError, KeyError, TypeError) as exc:
        raise BackupDamaged(why="清单读不出来") from exc


def _entry(table: str) -> str:
    return f"tables/{table}.copy"


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut; Windows cannot and need not."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
