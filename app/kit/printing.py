"""How does a page become a PDF without a browser? Typst with our own font, text only as data."""

import io
import json
from pathlib import Path
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


def render_pdf(template: Path, name: str, data: dict[str, Any]) -> bytes:
    """Fill a template. Data arrives as one JSON text, so nobody's name can become markup."""
    inputs = {name: json.dumps(data, ensure_ascii=False)}
    pdf = typst.compile(str(template), format="pdf", font_paths=FONTS, sys_inputs=inputs)
    return bytes(pdf)
