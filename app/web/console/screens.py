"""Which lists has the console, in which order?"""

from app.web.console.screens_accounts import API_KEYS, STAFF
from app.web.console.screens_activities import ACTIVITIES, BOOKINGS, REVIEWS
from app.web.console.screens_announcements import ANNOUNCEMENTS, ARTICLES
from app.web.console.screens_class_bookings import CLASS_BOOKINGS
from app.web.console.screens_door import CORRECTIONS, LEAVES, RISKS
from app.web.console.screens_evaluations import ALERTS, EVALUATIONS, TEXTS
from app.web.console.screens_families import CONSENTS, IMPORTS, LETTERS, REQUESTS
from app.web.console.screens_orgs import CONTACTS, GROUPS, HEADCOUNTS, PROMOTIONS, TERMS
from app.web.console.screens_people import CLASSES, ORGANIZATIONS, PUPILS, ROLES_GRANTED
from app.web.console.screens_privacy import ACCESS_DIGEST, DATA_REQUESTS, INCIDENTS, PROOFS
from app.web.console.screens_resources import BASES, COURSES, MARKERS, VENUES
from app.web.console.screens_rounds import ROUNDS
from app.web.console.screens_rules import RULE_SETS
from app.web.console.screens_sheets import SHEETS
from app.web.console.screens_system import ACCOUNTS, AUDIT, DELIVERIES, JOBS_LIST
from app.web.console.screens_units import APPLICATIONS, EDITIONS, MENTORS, UNITS
from app.web.console.screens_visits import INVITATIONS, NEEDS

LISTINGS = (
    REVIEWS,
    ACTIVITIES,
    ROUNDS,
    BOOKINGS,
    CLASS_BOOKINGS,
    CORRECTIONS,
    RISKS,
    LEAVES,
    SHEETS,
    EVALUATIONS,
    ALERTS,
    TEXTS,
    NEEDS,
    UNITS,
    APPLICATIONS,
    BASES,
    COURSES,
    EDITIONS,
    MENTORS,
    INVITATIONS,
    VENUES,
    MARKERS,
    RULE_SETS,
    ANNOUNCEMENTS,
    ARTICLES,
    ORGANIZATIONS,
    GROUPS,
    CONTACTS,
    TERMS,
    CLASSES,
    PUPILS,
    PROMOTIONS,
    HEADCOUNTS,
    IMPORTS,
    LETTERS,
    REQUESTS,
    CONSENTS,
    DATA_REQUESTS,
    ACCESS_DIGEST,
    ROLES_GRANTED,
    STAFF,
    API_KEYS,
    DELIVERIES,
    AUDIT,
    PROOFS,
    INCIDENTS,
    JOBS_LIST,
    ACCOUNTS,
)
