"""Why a command is refused. `type` is the stable slug, `detail` says what is possible now, `errors` name fields or
items."""


class Refused(Exception):
    """The case, the seat or the person is not in a state that allows the command: 409 over HTTP."""

    def __init__(self, type: str, detail: str, errors: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(detail)
        self.type, self.detail, self.errors = type, detail, errors


class BadInput(Exception):
    """Fields that mean nothing here, each with its remedy: 422 over HTTP."""

    def __init__(self, errors: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in errors))
        self.errors = errors


class NotYours(Exception):
    """The caller sits elsewhere: 403 over HTTP."""
