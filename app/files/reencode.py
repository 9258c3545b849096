"""Draw a picture anew: run as a program of its own, so that a bad decoder hurts nobody.

Reads a picture from standard input, writes a JPEG of at most 1,600 pixels a side to standard
output: turned upright, without place, time and camera (EXIF), without anything hidden behind it.
"""

import io
import sys

from PIL import Image, ImageOps, UnidentifiedImageError

if sys.platform != "win32":
    import resource

LONGEST_SIDE = 1600
MOST_PIXELS = 50_000_000
QUALITY = 78
UNREADABLE, TOO_MANY_PIXELS = 2, 3
MEMORY, SECONDS = 1 << 30, 20


def _limit() -> None:
    """Where the system can: a bomb ends this program and nothing else."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def redraw(content: bytes) -> bytes:
    """The same picture as a plain JPEG; refuses by exit code what is too large or no picture."""
    try:
        picture = Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP"))
        if picture.width * picture.height > MOST_PIXELS:
            sys.exit(TOO_MANY_PIXELS)
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        plain = Image.new("RGB", upright.size, "white")
        seen = upright.convert("RGBA")
        plain.paste(seen, mask=seen.getchannel("A"))
    except Image.DecompressionBombError:
        sys.exit(TOO_MANY_PIXELS)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, MemoryError):
        sys.exit(UNREADABLE)
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    _limit()
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    sys.stdout.buffer.write(redraw(sys.stdin.buffer.read()))
