# SPDX-License-Identifier: Apache-2.0
"""Everything that can go wrong, one class per way out.

A message names the method, the path template, the status and the vendor's own reason. It never holds a token, a
secret, a header or a person: the paths are templates and the reason is cleaned and cut.
"""

from __future__ import annotations


class AllHoursError(Exception):
    """Base of every error this provider raises on purpose."""


class AllHoursParameterError(AllHoursError, ValueError):
    """A parameter or a connection field has a value that cannot work; the message says what would."""


class AllHoursTransportError(AllHoursError):
    """No answer came: refused, reset, cut or timed out.

    Attributes:
        sent: False when the request certainly never left, so that even a POST may be repeated.
    """

    def __init__(self, message: str, *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent


class AllHoursResponseError(AllHoursError):
    """All Hours answered, and the answer is no.

    Attributes:
        status: HTTP status code.
        reason: the vendor's own words, cut and without line breaks; empty when it gave none.
        retry_after: seconds the server asked to wait, if it did.
    """

    def __init__(self, message: str, *, status: int, reason: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.retry_after = retry_after


class AllHoursAuthError(AllHoursResponseError):
    """Credentials refused (token endpoint) or the key lacks the right (401, 403)."""


class AllHoursNotFoundError(AllHoursResponseError):
    """404: no such record, or no such route on this tenant."""


class AllHoursValidationError(AllHoursResponseError):
    """400, 409, 422: All Hours refuses the input, for example a write into a locked period."""


class AllHoursRateLimitError(AllHoursResponseError):
    """429, still after the client's own patience ran out."""


class AllHoursServerError(AllHoursResponseError):
    """5xx, still after the client's own patience ran out."""


class AllHoursContractError(AllHoursError):
    """An answer that is not what the API promises: HTML, cut JSON, a wrong shape, a record without its Id."""


class AllHoursIncompleteError(AllHoursError):
    """The answers do not cover every employee-day that is due.

    Attributes:
        missing: all uncovered ``(user_id, date)`` pairs, dates as ``YYYY-MM-DD``.
    """

    def __init__(self, message: str, *, missing: list[tuple[str, str]] | None = None) -> None:
        super().__init__(message)
        self.missing = missing or []


class AllHoursPreflightError(AllHoursError):
    """The payroll file would be wrong; every problem found is in the one message.

    Attributes:
        problems: one sentence per problem.
    """

    def __init__(self, message: str, *, problems: list[str] | None = None) -> None:
        super().__init__(message)
        self.problems = problems or []


class AllHoursConflictError(AllHoursError):
    """Something else stands where this would be written, or the world moved since it was looked at."""


class AllHoursPartialError(AllHoursError):
    """Some rows of a plan could not be applied; each has its reason in the reject file."""
