"""Use cases of activities: publishing, and keeping sessions."""
