"""How does a developer command stop when something expected is missing or taken?"""


class RefusalError(Exception):
    """An expected failure: its text is the one sentence, with the remedy, that the operator reads."""
