"""A person's wish that can't be done."""


class RefusedError(Exception):
    """`str()` says why; `field` is the input that it is about, if it is about one."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.field = field
