"""The books say one thing and what came says another: never passed over."""


class Contradiction(Exception):
    """What is in the books came again with another value in a field that never changes.

    Whoever meets it must not commit: the rest of the batch is written, and this is not.
    """

    def __init__(self, subject: str, field: str, known: object, given: object) -> None:
        super().__init__(f"{subject}: {field} is {str(known)!r} in the books and came as {str(given)!r}")
        self.subject = subject
        self.field = field
