"""The errors that worktag raises on purpose. Each says what is wrong, where, and what to do about it."""

from __future__ import annotations


class WorktagError(Exception):
    """A fault that the person at the keyboard can mend.

    Args:
        what: what is wrong, without a full stop.
        where: the file, row or option that it concerns.
        remedy: what to do about it.
    """

    exit_code = 2  # of the command line

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, where, remedy
        super().__init__(self.line())

    def line(self) -> str:
        """Return the fault as one line: where, what, what to do."""
        text = f"{self.where}: {self.what}" if self.where else self.what
        text = f"{text}; {self.remedy}" if self.remedy else text
        return " ".join(text.split())


class ReadError(WorktagError):
    """A report file that can't be read."""


class CodebookError(WorktagError):
    """A codebook that contradicts itself, or a code that it doesn't know."""


class LabelError(WorktagError):
    """A label file with a fault, or a label whose sentence isn't found."""


class ModelError(WorktagError):
    """A model folder that is incomplete, altered or made by another version."""


class ParameterError(WorktagError):
    """A parameter that is unknown or out of range."""


class TableError(WorktagError):
    """A table that can't be written or read."""


class Stopped(KeyboardInterrupt):
    """A batch that was stopped by Ctrl-C or by the system. The message says what is kept and how to go on."""
