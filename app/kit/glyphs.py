"""Which characters can our font draw? Names hold rare ones, and a box on paper must be our own choice.

The table of the font file itself is read (OpenType `cmap`, format 12), so that a newer font
needs no list of ours.
"""

import struct
import unicodedata
from bisect import bisect_right
from functools import lru_cache

from app.kit.printing import FONT_FILE

BOX = "□"
ALL_OF_UNICODE = 12


@lru_cache(maxsize=1)
def _ranges() -> tuple[list[int], list[int]]:
    """First and last characters of the stretches that the font draws."""
    with FONT_FILE.open("rb") as file:
        head = file.read(16)
        start = struct.unpack(">I", head[12:16])[0] if head[:4] == b"ttcf" else 0
        file.seek(start + 4)
        tables = file.read(8 + 16 * struct.unpack(">H", file.read(2))[0])[6:]
        records = (tables[at : at + 16] for at in range(0, len(tables), 16))
        at, size = next(
            struct.unpack(">II", one[8:16]) for one in records if one.startswith(b"cmap")
        )
        file.seek(at)
        return _read_cmap(file.read(size))


def _read_cmap(table: bytes) -> tuple[list[int], list[int]]:
    for number in range(struct.unpack(">H", table[2:4])[0]):
        at = struct.unpack(">I", table[8 + 8 * number : 12 + 8 * number])[0]
        if struct.unpack(">H", table[at : at + 2])[0] == ALL_OF_UNICODE:
            groups = struct.unpack(">I", table[at + 12 : at + 16])[0]
            found = struct.iter_unpack(">III", table[at + 16 : at + 16 + 12 * groups])
            pairs = [(first, last) for first, last, _ in found]
            return [first for first, _ in pairs], [last for _, last in pairs]
    raise ValueError("no cmap of format 12 in the font")


def is_drawn(letter: str) -> bool:
    """Marks that only change how the letter before looks need no shape of their own."""
    if unicodedata.category(letter)[0] in "MC":
        return True
    firsts, lasts = _ranges()
    place = bisect_right(firsts, ord(letter)) - 1
    return place >= 0 and ord(letter) <= lasts[place]


def boxed(text: str) -> str:
    """The text with □ for each character that the font lacks: a place to write it by hand."""
    return "".join(letter if is_drawn(letter) else BOX for letter in text)
