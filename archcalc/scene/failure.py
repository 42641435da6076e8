"""Why a drawing cannot be written in a format."""


class CannotWrite(RuntimeError):
    """A format cannot hold a picture, or what writes it is not installed; the message says what to do."""
