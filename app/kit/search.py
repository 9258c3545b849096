"""How is something found by words, in Chinese, with any characters?

PostgreSQL's trigram index finds nothing for two-character words, and behind row-level
security no index with an operator that might leak (LIKE, arrays, full text) is used at
all. So every searched row has its pairs of characters as rows of an ordinary table,
kept by a trigger (`search_grams` in the database), and equality finds them.
"""

import unicodedata
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, and_, any_, exists, func, true
from sqlalchemy.orm import InstrumentedAttribute

MOST_WORDS = 8
Id = ColumnElement[UUID] | InstrumentedAttribute[UUID]
Words = ColumnElement[str] | InstrumentedAttribute[str]
_LOWER = str.maketrans({chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})


def words_of(said: str) -> list[str]:
    """The words somebody looks for: full-width is half-width, capitals are small. At most eight.

    The same as `search_text` does to what is searched: NFKC, then A to Z alone.
    """
    plain = unicodedata.normalize("NFKC", said).translate(_LOWER)
    return list(dict.fromkeys(plain.split()))[:MOST_WORDS]


def grams_of(word: str) -> list[str]:
    """A word's pairs of neighbouring characters; a single character stands for itself."""
    if len(word) == 1:
        return [word]
    return list(dict.fromkeys(word[at : at + 2] for at in range(len(word) - 1)))


def found_by_grams(
    said: str,
    district_id: UUID,
    grams: FromClause,
    place: str,
    row_id: Id,
    haystack: Words,
) -> ColumnElement[bool]:
    """All words of `said` occur in `haystack`, found by the index of `grams`.

    `place`: the column of `grams` that names the row, `row_id` the row's own.
    """
    conditions: list[ColumnElement[bool]] = [true()]
    for word in words_of(said):
        for gram in grams_of(word):
            seen = grams.alias(f"gram_{len(conditions)}")
            here = exists().where(seen.c.district_id == district_id, seen.c.gram == gram)
            # Asked once by itself: what nobody is called costs no walk over anybody.
            conditions += [here.correlate(None), here.where(seen.c[place] == row_id)]
        conditions.append(func.strpos(haystack, word) > 0)
    return and_(*conditions)


def occurs(said: str, *fields: Words) -> ColumnElement[bool]:
    """All words occur in these fields, each in any of them; without an index, for some hundred rows."""
    haystack = func.search_text(func.concat_ws(" ", *fields))
    return and_(true(), *(func.strpos(haystack, word) > 0 for word in words_of(said)))


def among(column: Id, ids: Any) -> ColumnElement[bool]:
    """`column` is one of the ids that a statement gives, which is run first, and once.

    A plain IN lets the database walk over all rows in the order of the page, in the hope
    to meet enough of them soon; for somebody with few of many rows it never does.
    """
    found: ColumnElement[bool] = column == any_(func.array(ids.scalar_subquery()))
    return found
