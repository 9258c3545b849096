"""What the upkeep does."""
