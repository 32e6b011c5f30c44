# SPDX-License-Identifier: Apache-2.0
"""What to do about each class of error."""

from __future__ import annotations

from collections.abc import Mapping

REMEDIES: Mapping[str, str] = {
    "AllHoursParameterError": (
        "Correct the parameter or the field of the connection that the message names; it says what would be right."
    ),
    "AllHoursTransportError": (
        "The message names host and cause: name not found, refused, timed out, certificate not trusted, "
        "proxy. See :doc:`deployment` for proxies and certificates; otherwise wait for the retry, and raise "
        "``timeout`` of the connection where answers are slow."
    ),
    "AllHoursLimitError": (
        "Shorten the period, or split the work; ``airflow allhours check`` sends a limited number of requests."
    ),
    "AllHoursResponseError": (
        "A redirect or an unusual status: check the API URL of the connection and proxies in between. "
        "Statuses such as 408 pass by themselves."
    ),
    "AllHoursAuthError": (
        "Check Client ID and Client Secret with *Test* of the connection; a rotated key is entered anew. A "
        "403 of one route means that the key lacks a right."
    ),
    "AllHoursNotFoundError": (
        "Check the id. Where a whole route is not found, the account serves it elsewhere: run ``airflow "
        "allhours check`` and see :doc:`contract`."
    ),
    "AllHoursValidationError": (
        "All Hours refuses the input; its own reason is in the message. A locked period has to be opened in All Hours."
    ),
    "AllHoursRateLimitError": (
        "Wait for the retry; ``RETRY_POLICY`` (Airflow 3.3) waits as long as the server asks. Set "
        "``requests_per_second``, which holds for all tasks of a machine, and a smaller ``max_concurrency`` in the "
        "connection; where tasks run on several machines, an Airflow pool over all of them."
    ),
    "AllHoursServerError": "Wait for the retry. Where it stays, ask the vendor's support with method, path and time.",
    "AllHoursContractError": (
        "A page of HTML or a cut answer passes by itself. What stays is a difference between the account and "
        "the API as it is known: run ``airflow allhours check`` and describe it in the field ``contract``, "
        "see :doc:`contract`."
    ),
    "AllHoursIncompleteError": (
        "All Hours may still be calculating: retry, or run the task later. Where a day stays missing, look at "
        'the employee-day in All Hours. ``on_incomplete="warn"`` publishes without it, see :doc:`exports`.'
    ),
    "AllHoursPreflightError": (
        "Correct each problem in the mapping, in All Hours or in the profile's options, then run again; "
        "``exclude`` leaves a person out. See :doc:`payroll`."
    ),
    "AllHoursConflictError": (
        "Two things contradict each other, and the message names both. Decide which is right: plan again, "
        "close again, give another path, or allow what the message names."
    ),
    "AllHoursPublicationError": (
        "Run the task again: it publishes file and manifest anew. The message says what is where. Let one "
        "task at a time write to a path."
    ),
    "AllHoursPartialError": (
        "Correct the rows of ``reject_path`` in the source or in All Hours, and plan again. See :doc:`absences`."
    ),
}
"""Error class -> what to do, as reStructuredText."""
