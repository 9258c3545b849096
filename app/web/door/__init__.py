"""The door page of a volunteer without an account: one session, one device, also without a network."""
