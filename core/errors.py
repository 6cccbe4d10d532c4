"""The one error tree.

- CounterwatchError
    - UsageError            exit 2   the command line cannot be acted on
        - BadTarget                  a target is no usable URL, host or subject
    - OutOfDisk             exit 3   the disk or the store's size limit is reached
    - ConfigurationError    exit 4   a settings, sector or pack file is wrong (carries every problem found)
    - StoreError            exit 8   the store cannot be used
        - StoreBusy                  locked by somebody else for too long
        - StoreTooNew                written by a newer version of Counterwatch
        - StoreOutdated              needs ``counterwatch db upgrade``
        - NotInStore                 nothing is stored under that name
        - StaleLease                 the lease was taken over by another worker
        - Conflict                   the row was changed by somebody else meanwhile
    - EvidenceError         exit 1   a bundle cannot be made, read or trusted
        - BundleRejected             an archive is hostile or malformed
    - RetryLater            exit 9   failed for now, worth retrying
    - Fatal                 exit 17  cannot go on

A bad site, page or server is never an exception: it is an :class:`core.records.Outcome`.
Errors of libraries are translated into this tree where they enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class CounterwatchError(Exception):
    """Base of all expected errors: one sentence for people, an exit code for scripts.

    ``hint`` says what to do about it; it may be empty.
    """

    exit_code: int = 17
    code: str = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class UsageError(CounterwatchError):
    """The command line, or an argument given through the API, cannot be acted on."""

    exit_code = 2
    code = "usage"


class BadTarget(UsageError):
    """A text is no usable URL, host name, address or subject."""

    code = "bad_target"


class OutOfDisk(CounterwatchError):
    """The disk is full, or a size limit of the store is reached. Nothing half-written remains."""

    exit_code = 3
    code = "out_of_disk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in a configuration file: where it is, what was expected, what was probably meant.

    ``line`` and ``column`` start at 1; 0 when the problem has no position (an environment variable).
    """

    file: str
    line: int
    column: int
    message: str
    expected: str = ""
    nearest: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        text = f"{place}: {self.message}"
        if self.expected:
            text += f"; expected {self.expected}"
        if self.nearest:
            text += f"; did you mean {self.nearest!r}?"
        return text


class ConfigurationError(CounterwatchError):
    """One or more configuration files are wrong; ``problems`` names every mistake found, not only the first."""

    exit_code = 4
    code = "configuration"

    def __init__(self, problems: Sequence[Problem], *, hint: str = "") -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems), hint=hint)


class StoreError(CounterwatchError):
    """The store cannot be opened, read or written."""

    exit_code = 8
    code = "store"


class StoreBusy(StoreError):
    """The store stayed locked by another process for longer than the busy time-out."""

    code = "store_busy"


class StoreTooNew(StoreError):
    """The store was written by a newer version; going on could damage it."""

    code = "store_too_new"


class StoreOutdated(StoreError):
    """The store's schema is older than this version needs."""

    code = "store_outdated"


class NotInStore(StoreError):
    """Nothing is stored under the given name."""

    exit_code = 1
    code = "not_found"


class StaleLease(StoreError):
    """The lease expired and another worker holds it now; the late result changes nothing."""

    code = "stale_lease"


class Conflict(StoreError):
    """The row was changed by somebody else since it was read; read it again and repeat."""

    exit_code = 1
    code = "conflict"


class EvidenceError(CounterwatchError):
    """A bundle cannot be made or read."""

    exit_code = 1
    code = "evidence"


class BundleRejected(EvidenceError):
    """An archive offered as a bundle is hostile or malformed, so it was not unpacked."""

    code = "bundle_rejected"


class RetryLater(CounterwatchError):
    """Something outside failed for now; the same call may work later."""

    exit_code = 9
    code = "retry_later"


class Fatal(CounterwatchError):
    """The service cannot go on."""

    exit_code = 17
    code = "fatal"
