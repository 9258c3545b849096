"""Closed lists of the audit log."""

# What a seal covers, in this order for ever: another order would break every chain there is.
FIELDS = (
    "id at person_id channel action object_type object_id pupil_id purpose before_digest "
    "after_digest detail"
).split()
