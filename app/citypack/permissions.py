"""What may be done with the city pack."""

from enum import StrEnum


class P(StrEnum):
    CITY_RECORD_EDIT = "city_record:edit"
    CITY_RECORD_OBJECT = "city_record:object"
    CITY_RECORD_READ = "city_record:read"
