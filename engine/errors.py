"""The one exception type that people are meant to read.

Not responsible for showing it: the command line prints it, the screen shows it,
the recorder stores it as RunFailed.
"""

from __future__ import annotations


class ArgoError(Exception):
    """Something a user can act on.

    `what` happened, `where` (file, key, profile; may be empty), and what to do (`remedy`).
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(what)

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{self.what}{place}.{remedy}"


class ConfigError(ArgoError):
    """A setting is missing, malformed or out of range."""


class ModelError(ArgoError):
    """Weights are missing, damaged, or cannot run on this machine."""


class StoreError(ArgoError):
    """The passage store cannot be opened, read or written."""


class DocumentError(ArgoError):
    """One document cannot be read. Ingestion reports it and goes on."""
