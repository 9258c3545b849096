"""How long is what kept? One rule a class of rows; each package declares those of its own tables."""

from dataclasses import dataclass

from sqlalchemy import TextClause, text

AT_ONCE = 5000  # rows a transaction: a long clean-up must not make bookings wait


_DELETE = "DELETE FROM {table} t USING old WHERE t.ctid = old.ctid"
_BLANK = "UPDATE {table} t SET {blank} FROM old WHERE t.ctid = old.ctid"
_FORGET = """
WITH old AS (
  SELECT ctid FROM {table} WHERE district_id = :district AND ({where}) LIMIT :most),
gone AS ({act} RETURNING t.{key}::text AS key)
SELECT count(*) AS rows, encode(sha256(convert_to(
  coalesce(string_agg(key, ',' ORDER BY key), ''), 'UTF8')), 'hex') AS digest
FROM gone
"""


@dataclass(frozen=True)
class Kept:
    """Rows of `table` for which `where` holds are older than the law or their purpose allows.

    `key` names the column whose values prove later which rows went; `blank`
    empties columns instead of deleting the row. `days` fills `:days`.
    """

    name: str
    title: str
    table: str
    where: str
    days: int
    key: str = "id"
    blank: str = ""

    def statement(self) -> TextClause:
        """Remove up to `AT_ONCE` rows; answers their number and a digest of their keys."""
        act = (_BLANK if self.blank else _DELETE).format(table=self.table, blank=self.blank)
        return text(_FORGET.format(table=self.table, where=self.where, act=act, key=self.key))
