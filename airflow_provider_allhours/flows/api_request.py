# SPDX-License-Identifier: Apache-2.0
"""Send a request to any endpoint of the API and return a small JSON result."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursParameterError

METHODS = ("GET", "POST", "PUT", "DELETE")
MAX_RESULT_BYTES = 48_000
"""Most bytes of JSON that are returned, because results go to XCom and so into Airflow's database."""


def request_api(
    client: AllHoursClient,
    *,
    endpoint: str,
    method: str = "GET",
    query: Mapping[str, Any] | None = None,
    body: Any = None,
    response_filter: Callable[[Any], Any] | None = None,
) -> Any:
    """Send one request and return the decoded response, or the result of a filter.

    Args:
        client: the account.
        endpoint: path; without a leading slash it is below ``/api/v1/``.
        method: one of :data:`METHODS`, in any case.
        query: query parameters.
        body: JSON body.
        response_filter: called with the decoded response; its result is returned instead.

    Returns:
        Plain JSON of at most :data:`MAX_RESULT_BYTES` bytes.

    Raises:
        AllHoursParameterError: an unknown method, an empty endpoint or one on another host, a query that is not a
            mapping, or a result that is too large or not JSON.
    """
    verb = str(method).strip().upper()
    if verb not in METHODS:
        raise AllHoursParameterError(f"parameter 'method' is {method!r}; it takes {', '.join(METHODS)}")
    if query is not None and not isinstance(query, Mapping):
        raise AllHoursParameterError("parameter 'query' takes a mapping of query parameter names to values")
    response = client.request(verb, _path(endpoint), params=None if query is None else dict(query), json=body)
    return _checked_size(response_filter(response) if response_filter else response)


def _path(endpoint: str) -> str:
    path = str(endpoint or "").strip()
    if not path:
        raise AllHoursParameterError("parameter 'endpoint' is empty; it takes a path such as /api/v1/Users")
    return path if path.startswith("/") or "://" in path else f"/api/v1/{path}"


def _checked_size(result: Any) -> Any:
    try:
        size = len(json.dumps(result).encode())
    except (TypeError, ValueError, RecursionError):
        raise AllHoursParameterError(
            "parameter 'response_filter' returns something that is not plain JSON; it takes a function that returns "
            "counts, ids and texts"
        ) from None
    if size > MAX_RESULT_BYTES:
        raise AllHoursParameterError(
            f"the result is {size} bytes of JSON, more than {MAX_RESULT_BYTES} for XCom; parameter 'response_filter' "
            "takes a function that keeps what the next task needs"
        )
    return result
