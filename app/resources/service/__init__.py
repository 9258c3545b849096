"""Use cases of resources: keeping the registers, units, mentors, the yearly catalogue."""
