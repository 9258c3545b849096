"""Can a row leave its district? Keys, unique rules and references of every table say no."""

from collections.abc import Iterator

import pytest
from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
)

from app import tables

DISTRICT = "district_id"
# Tables above the districts, or beside them.
SHARED = {
    "access_token": "one token an appid, shared by all processes",
    "district": "the tenant itself",
    "heartbeat": "about processes, not about people",
    "region": "市 and 区, above the districts",
    "stamp_key": "the installation signs, whatever the district",
    "upkeep_report": "about the installation, not about people",
}
# Unique across districts on purpose.
GLOBALLY_UNIQUE = {
    "uq_channel_account_name": "the directory of callback addresses: the name finds the district",
}


def _unique_rules(table: Table) -> Iterator[tuple[str, list[str]]]:
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield str(constraint.name), [column.name for column in constraint.columns]
    for index in table.indexes:
        if index.unique:
            yield str(index.name), [column.name for column in index.columns]


def tables_without_district(metadata: MetaData) -> set[str]:
    return {table.name for table in metadata.tables.values() if DISTRICT not in table.columns}


def loose_keys(metadata: MetaData, allowed: dict[str, str]) -> list[str]:
    """Primary keys and unique rules of tenant tables that do not hold the district."""
    found = []
    for table in metadata.tables.values():
        if DISTRICT not in table.columns:
            continue
        primary = [column.name for column in table.primary_key.columns]
        if primary[:1] != [DISTRICT]:
            found.append(f"{table.name}: the primary key begins with {primary[:1]}")
        found += [
            f"{table.name}: {name} ({', '.join(columns)}) reaches across districts"
            for name, columns in _unique_rules(table)
            if DISTRICT not in columns and name not in allowed
        ]
    return found


def loose_references(metadata: MetaData) -> list[str]:
    """Foreign keys between tenant tables that could point into another district."""
    found = []
    for table in metadata.tables.values():
        for key in table.foreign_key_constraints:
            pairs = [(element.parent.name, element.column.name) for element in key.elements]
            to_tenant = DISTRICT in key.referred_table.columns
            if DISTRICT in table.columns and to_tenant and (DISTRICT, DISTRICT) not in pairs:
                found.append(f"{table.name} → {key.referred_table.name} without the district")
            if DISTRICT not in table.columns and to_tenant:
                found.append(f"{table.name} is shared and refers to {key.referred_table.name}")
    return found


def unreferenced_districts(metadata: MetaData) -> list[str]:
    """Nullable districts: a row that belongs to nobody is seen by everybody or by no one."""
    return [
        table.name
        for table in metadata.tables.values()
        if DISTRICT in table.columns and table.columns[DISTRICT].nullable
    ]


def test_every_table_without_a_district_is_explained() -> None:
    assert tables_without_district(tables.metadata) == set(SHARED)


def test_every_key_of_a_tenant_s_table_holds_the_district() -> None:
    assert not loose_keys(tables.metadata, GLOBALLY_UNIQUE)


def test_every_exception_is_still_needed() -> None:
    found = "".join(loose_keys(tables.metadata, {}))
    assert all(name in found for name in GLOBALLY_UNIQUE)


def test_no_reference_leaves_the_district() -> None:
    assert not loose_references(tables.metadata)


def test_every_row_of_a_tenant_has_a_district() -> None:
    assert not unreferenced_districts(tables.metadata)


def test_every_package_s_models_are_registered() -> None:
    """Alembic and these rules see only what `app.tables` imports."""
    owned = {
        table.name
        for module in tables.OWNERS.values()
        for value in vars(module).values()
        if isinstance(table := getattr(value, "__table__", None), Table)
    }
    assert owned == set(tables.metadata.tables)


@pytest.fixture
def planted() -> MetaData:
    metadata = MetaData()
    Table(
        "person",
        metadata,
        Column(DISTRICT, Integer, primary_key=True),
        Column("id", Integer, primary_key=True),
        Column("number", Integer),
        UniqueConstraint(DISTRICT, "number"),
    )
    return metadata


def test_a_sound_table_passes(planted: MetaData) -> None:
    Table(
        "card",
        planted,
        Column(DISTRICT, Integer, primary_key=True),
        Column("id", Integer, primary_key=True),
        Column("person_id", Integer),
        ForeignKeyConstraint([DISTRICT, "person_id"], [f"person.{DISTRICT}", "person.id"]),
    )
    assert not loose_keys(planted, {}) + loose_references(planted) + unreferenced_districts(planted)
    assert not tables_without_district(planted)


def test_a_key_without_the_district_is_caught(planted: MetaData) -> None:
    Table("card", planted, Column("id", Integer, primary_key=True), Column(DISTRICT, Integer))
    assert loose_keys(planted, {})
    assert unreferenced_districts(planted) == ["card"]


def test_a_unique_rule_across_districts_is_caught(planted: MetaData) -> None:
    Index("uq_person_number", planted.tables["person"].c.number, unique=True)
    assert loose_keys(planted, {})
    assert not loose_keys(planted, {"uq_person_number": "numbers are drawn nationwide"})


def test_a_reference_out_of_the_district_is_caught(planted: MetaData) -> None:
    planted.tables["person"].append_constraint(UniqueConstraint("id"))
    Table(
        "card",
        planted,
        Column(DISTRICT, Integer, primary_key=True),
        Column("id", Integer, primary_key=True),
        Column("person_id", Integer, ForeignKey("person.id")),
    )
    assert loose_references(planted) == ["card → person without the district"]


def test_a_shared_table_is_caught(planted: MetaData) -> None:
    Table("cache", planted, Column("person_id", Integer, primary_key=True))
    assert tables_without_district(planted) == {"cache"}
