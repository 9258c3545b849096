"""How does a page become a PDF without a browser? Typst with our own font, text only as data."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import noto_cjk_sans_otc
import segno
import typst

FONTS = [str(Path(noto_cjk_sans_otc.__file__).parent)]
FONT_FILE = next(Path(FONTS[0]).glob("*.ttc"))


def qr_svg(content: str) -> str:
    """A QR code as SVG with its quiet zone, error correction M: survives a fold and a stain."""
    code = segno.make(content, error="m", micro=False)
    target = io.BytesIO()
    code.save(target, kind="svg", scale=4, border=4, xmldecl=False)
    return target.getvalue().decode()


def render_pdf(
    template: Path, name: str, data: dict[str, Any], files: Mapping[str, bytes] | None = None
) -> bytes:
    """Fill a template. Data arrives as one JSON text, so nobody's name can become markup.

    `files` stand beside the template under their names, for `image`.
    """
    inputs = {name: json.dumps(data, ensure_ascii=False)}
    if not files:
        return _compiled(template, inputs)
    with TemporaryDirectory(prefix="wuchuang-print-") as folder:
        copy = Path(folder) / template.name
        copy.write_bytes(template.read_bytes())
        for file, content in files.items():
            (Path(folder) / file).write_bytes(content)
        return _compiled(copy, inputs)


def _compiled(template: Path, inputs: dict[str, str]) -> bytes:
    pdf = typst.compile(str(template), format="pdf", font_paths=FONTS, sys_inputs=inputs)
    return bytes(pdf)


def pages_of(pdf: bytes, most: int) -> int:
    """How many pages of a PDF can be put on our own, counted up to `most`; 0 for one we cannot read."""
    with TemporaryDirectory(prefix="wuchuang-print-") as folder:
        (Path(folder) / "given.pdf").write_bytes(pdf)
        page = Path(folder) / "page.typ"
        for number in range(1, most + 1):
            page.write_text(f'#image("given.pdf", page: {number})')
            try:
                _compiled(page, {})
            except typst.TypstError:
                return number - 1
    return most
