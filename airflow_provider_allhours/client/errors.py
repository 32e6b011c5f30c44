# SPDX-License-Identifier: Apache-2.0
"""The exceptions of this provider.

A message names the method, the path template, the status and the vendor's own reason. It never holds a token, a
secret, a header or a person: paths are templates, and the reason is cleaned and cut.
"""

from __future__ import annotations

from typing import ClassVar


class AllHoursError(Exception):
    """Base class of every error that this provider raises on purpose.

    Attributes:
        is_permanent: whether another try would fail the same way until somebody changes a parameter, the connection, a
            file or a record. Operators and sensors fail the task at once on a permanent error, triggers stop, and
            ``RETRY_POLICY`` denies the retry; an error that is not permanent is left to Airflow's retries. Every
            subclass states its own value. False here: the cause is unknown, and retries are limited.
    """

    is_permanent: ClassVar[bool] = False


class AllHoursParameterError(AllHoursError, ValueError):
    """A parameter or a connection field has a value that cannot work; the message names a value that would.

    Permanent: the DAG or the connection has to be corrected.
    """

    is_permanent = True


class AllHoursTransportError(AllHoursError):
    """There was no response: refused, reset, cut off or timed out.

    Not permanent: networks and servers recover.

    Attributes:
        sent: False when the request certainly never left, so that even a POST may be repeated.
    """

    is_permanent = False

    def __init__(self, message: str, *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent


class AllHoursLimitError(AllHoursError):
    """A request was not sent because its caller had set a limit to their number.

    Permanent: the same work needs as many requests again.
    """

    is_permanent = True


class AllHoursResponseError(AllHoursError):
    """All Hours responded with a status that is no success and has no class of its own below.

    Not permanent: among these are statuses that pass, such as 408 and 425, and redirects to a maintenance page.

    Attributes:
        status: HTTP status code.
        reason: the vendor's own words, cut and without line breaks; empty when there are none.
        retry_after: seconds that the server asked to wait; None when it did not.
        sent: False when the response was to the token request, so that the request itself never left.
    """

    is_permanent = False

    def __init__(self, message: str, *, status: int, reason: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.sent = True
        self.status = status
        self.reason = reason
        self.retry_after = retry_after


class AllHoursAuthError(AllHoursResponseError):
    """The token endpoint refused the credentials, or the API key lacks the right (401, 403).

    Permanent: the credentials or their rights have to be changed, and repeated refusals can lock an account.
    """

    is_permanent = True


class AllHoursNotFoundError(AllHoursResponseError):
    """404: no such record, or no such route on this tenant.

    Permanent: a deleted record does not come back, and a route has to be configured.
    """

    is_permanent = True


class AllHoursValidationError(AllHoursResponseError):
    """400, 409, 422: All Hours refuses the input, for example a write into a locked period.

    Permanent: the same input is refused again.
    """

    is_permanent = True


class AllHoursRateLimitError(AllHoursResponseError):
    """429 after the client's own retries were spent.

    Not permanent: the limit is counted per time.
    """

    is_permanent = False


class AllHoursServerError(AllHoursResponseError):
    """5xx after the client's own retries were spent.

    Not permanent: servers are restarted and repaired without our doing.
    """

    is_permanent = False


class AllHoursContractError(AllHoursError):
    """A response that is not what the API promises: HTML, truncated JSON, a wrong shape, a record without its Id.

    Not permanent: most of these come from a proxy or a maintenance page and pass. A contract that really differs fails
    again after the task's retries.
    """

    is_permanent = False


class AllHoursIncompleteError(AllHoursError):
    """The responses do not cover every employee-day that is due.

    Not permanent: All Hours may still be calculating the days.

    Attributes:
        missing: all uncovered ``(user_id, date)`` pairs, dates as ``YYYY-MM-DD``.
    """

    is_permanent = False

    def __init__(self, message: str, *, missing: list[tuple[str, str]] | None = None) -> None:
        super().__init__(message)
        self.missing = missing or []


class AllHoursPreflightError(AllHoursError):
    """The payroll file would be wrong; the message holds every problem.

    Permanent: the mapping, the frozen version or the records in All Hours have to be corrected.

    Attributes:
        problems: one sentence per problem.
    """

    is_permanent = True

    def __init__(self, message: str, *, problems: list[str] | None = None) -> None:
        super().__init__(message)
        self.problems = problems or []


class AllHoursConflictError(AllHoursError):
    """Something else already exists where this would be written, or changed since it was read.

    Permanent: somebody has to decide which of the two is right.
    """

    is_permanent = True


class AllHoursPublicationError(AllHoursConflictError):
    """Another run published the same file at the same time, or a failed publication could not be undone.

    The message says what is where. A file belongs to a manifest only if its SHA-256 is the manifest's.

    Not permanent: the next run publishes the file and its manifest anew.
    """

    is_permanent = False


class AllHoursPartialError(AllHoursError):
    """Some rows of a plan could not be applied; each is in the reject file with its reason.

    Permanent: the rejected rows have to be corrected.
    """

    is_permanent = True
