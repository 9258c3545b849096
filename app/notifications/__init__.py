"""What we say to one person, and each attempt to deliver it."""
