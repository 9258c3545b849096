"""Which lists has the console, in which order?"""

from app.web.console.screens_accounts import API_KEYS, STAFF
from app.web.console.screens_activities import ACTIVITIES, BOOKINGS, REVIEWS
from app.web.console.screens_people import CLASSES, ORGANIZATIONS, PUPILS, ROLES_GRANTED
from app.web.console.screens_resources import BASES, COURSES, MARKERS, VENUES
from app.web.console.screens_system import ACCOUNTS, AUDIT, DELIVERIES, JOBS_LIST

LISTINGS = (
    REVIEWS,
    ACTIVITIES,
    BOOKINGS,
    BASES,
    COURSES,
    VENUES,
    MARKERS,
    ORGANIZATIONS,
    CLASSES,
    PUPILS,
    ROLES_GRANTED,
    STAFF,
    API_KEYS,
    DELIVERIES,
    AUDIT,
    JOBS_LIST,
    ACCOUNTS,
)
