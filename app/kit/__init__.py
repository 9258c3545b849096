"""The kernel: what every package stands on. No word of the domain in here."""
