"""The keys of menu buttons: permanent, because old clients keep an old menu."""

ACTIVITIES, BIND, HELP, MY_BOOKINGS = "ACTIVITIES", "BIND", "HELP", "MY_BOOKINGS"
MY_CHILDREN, MY_PASSPORT = "MY_CHILDREN", "MY_PASSPORT"
TODAY, WAITING = "TODAY", "WAITING"
CHECK_IN = "CHECK_IN"
