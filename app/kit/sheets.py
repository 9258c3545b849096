"""How are tables read from and written to Excel and CSV without harm?

Reading looks at the zip's directory before anything is unpacked, refuses
password-protected, damaged and oversized files at once, and gives text only.
Writing stores every value as text, so that nothing becomes a formula.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from app.kit.errors import DomainError, Kind

LARGEST_FILE = 5 * 1024 * 1024
LARGEST_UNPACKED = 120 * 1024 * 1024
HIGHEST_RATIO = 200
MOST_ENTRIES = 500
MOST_ROWS = 20_000
MOST_COLUMNS = 40
LONGEST_CELL = 200
# Excel keeps 15 digits of a number; a longer one is already wrong when it reaches us.
MOST_DIGITS = 10**15
DAMAGED_NUMBER = "#数字过长#"

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # old .xls, and every password-protected file
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class SheetTooLarge(DomainError):
    kind, code = Kind.INVALID, "sheet.too_large"
    sentence = "文件太大：请控制在 5 MB、2 万行以内，或分成几个文件。"


class SheetProtected(DomainError):
    kind, code = Kind.INVALID, "sheet.protected"
    sentence = "文件有密码保护或是旧的 .xls 格式：请去掉密码，另存为 .xlsx 再上传。"


class SheetDamaged(DomainError):
    kind, code = Kind.INVALID, "sheet.damaged"
    sentence = "文件打不开：可能已损坏，请用 Excel 打开后另存为 .xlsx 再上传。"


class SheetEmpty(DomainError):
    kind, code, sentence = Kind.INVALID, "sheet.empty", "文件里没有内容，请先填写再上传。"


def check_file(content: bytes) -> None:
    """Refuse a harmful or unreadable file in milliseconds, before a job is made of it."""
    if not content.strip():
        raise SheetEmpty
    if len(content) > LARGEST_FILE:
        raise SheetTooLarge
    if content.startswith(_OLE):
        raise SheetProtected
    if content.startswith(b"PK"):
        _check_zip(content)
    elif b"\x00" in content[:4096]:
        raise SheetDamaged


def _check_zip(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as exc:
        raise SheetDamaged from exc
    if any(entry.flag_bits & 1 for entry in entries):
        raise SheetProtected
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    if len(entries) > MOST_ENTRIES or unpacked > LARGEST_UNPACKED:
        raise SheetTooLarge
    if unpacked > 10 * 1024 * 1024 and unpacked / packed > HIGHEST_RATIO:
        raise SheetTooLarge
    if not any(entry.filename == "[Content_Types].xml" for entry in entries):
        raise SheetDamaged


def read_table(content: bytes) -> list[list[str]]:
    """The first sheet (or the CSV: UTF-8 or GBK) as rows of text; empty rows at the end are cut."""
    check_file(content)
    rows = _read_xlsx(content) if content.startswith(b"PK") else _read_csv(content)
    while rows and not any(rows[-1]):
        rows.pop()
    if not rows:
        raise SheetEmpty
    return rows


def _read_xlsx(content: bytes) -> list[list[str]]:
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        if sheet.total_height > MOST_ROWS + 1:
            raise SheetTooLarge
        values = sheet.to_python(skip_empty_area=False)
    except PasswordError as exc:
        raise SheetProtected from exc
    except (CalamineError, ValueError, OSError, IndexError) as exc:
        raise SheetDamaged from exc
    return [[as_text(value) for value in row[:MOST_COLUMNS]] for row in values]


def _read_csv(content: bytes) -> list[list[str]]:
    text = _decoded(content)
    delimiter = max(",\t;", key=text.splitlines()[0].count) if text.strip() else ","
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text), delimiter=delimiter):
            rows.append([as_text(value) for value in row[:MOST_COLUMNS]])
            if len(rows) > MOST_ROWS + 1:
                raise SheetTooLarge
    except csv.Error as exc:
        raise SheetDamaged from exc
    return rows


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetDamaged


def as_text(value: object) -> str:
    """A cell as people see it: whole numbers without `.0`, no control characters, trimmed."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        if abs(value) >= MOST_DIGITS:
            return DAMAGED_NUMBER
        return str(int(value)) if value == int(value) else str(value)
    return _CONTROL.sub("", str(value)).replace("\u3000", " ").strip()[:LONGEST_CELL]


Sheet = tuple[str, Sequence[str], Iterable[Sequence[str]]]  # title, head, rows


def write_table(head: Sequence[str], rows: Iterable[Sequence[str]], sheet: str) -> bytes:
    """An .xlsx with one sheet; see `write_book`."""
    return write_book([(sheet, head, rows)])


def write_book(sheets: Iterable[Sheet]) -> bytes:
    """An .xlsx whose every cell is text: a leading = + - @ stays what it is, no formula."""
    target = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(target, options)
    text = book.add_format({"num_format": "@"})
    bold = book.add_format({"bold": True, "num_format": "@"})
    for title, head, rows in sheets:
        page = book.add_worksheet(title)
        page.set_column(0, max(0, len(head) - 1), 18, text)
        page.freeze_panes(1, 0)
        for column, word in enumerate(head):
            page.write_string(0, column, word, bold)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                page.write_string(number, column, _CONTROL.sub("", value), text)
    book.close()
    return target.getvalue()
