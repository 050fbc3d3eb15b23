"""What the program tells: a JSON object a line on stdout, for torch-process.ts or whoever else started it."""
import json
import sys


class TinyError(Exception):
    """An error meant for a person: what is wrong, where, and how to fix it (protocols/errors.ts)."""

    def __init__(self, message, hint, exit_code=1):
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.exit_code = exit_code


def tell(event, **fields):
    """Writes a line at once and in one piece, so that processes which share stdout do not tear each other's."""
    sys.stdout.write(json.dumps({"event": event, **fields}, separators=(",", ":")) + "\n")
    sys.stdout.flush()
