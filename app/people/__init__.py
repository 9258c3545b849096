"""People, enrolment, guardianship, identities, roles, login; the `Ctx` dependency."""
