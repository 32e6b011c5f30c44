# SPDX-License-Identifier: Apache-2.0
"""The escape hatch: any request of the API that this provider has no noun for."""

from __future__ import annotations

import json as json_module
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.definitions.param import ParamsDict

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.task_utils.fail_fast import failing_fast

if TYPE_CHECKING:
    from airflow.sdk import Context

METHODS = ("GET", "POST", "PUT", "DELETE")
MAX_RESULT_BYTES = 48_000
"""Bytes of JSON that may go to XCom; Airflow's database is no place for an account's records."""


class AllHoursApiOperator(BaseOperator):
    """Sends one request with the connection's token, retries and errors, and returns what the filter leaves.

    The endpoint stays on the connection's host. A GET, PUT or DELETE is repeated after a lost answer, a POST never is.

    Args:
        endpoint: path such as ``/api/v1/OrganizationUnits``; without a leading slash it is below ``/api/v1/``.
        method: ``GET``, ``POST``, ``PUT`` or ``DELETE``.
        params: query parameters.
        json: body.
        response_filter: called with the decoded answer; its result is returned. Plain JSON of at most 48 KB: keep
            records, names and comments out of XCom.
        allhours_conn_id: connection of type ``allhours``.
    """

    template_fields: Sequence[str] = ("endpoint", "method", "query", "json", "allhours_conn_id")
    template_fields_renderers = {"json": "json"}
    ui_color = "#f3e9dc"

    def __init__(
        self,
        *,
        endpoint: str,
        method: str = "GET",
        params: dict[str, Any] | None = None,
        json: Any = None,
        response_filter: Callable[[Any], Any] | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(params=params, **kwargs)
        self.endpoint = endpoint
        self.method = method
        self.query = _own_params(params)
        self.json = json
        self.response_filter = response_filter
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> Any:
        """Send it and return what the filter leaves."""
        with failing_fast():
            method = str(self.method).upper()
            if method not in METHODS:
                raise AllHoursParameterError(f"parameter 'method' is {self.method!r}; it takes {', '.join(METHODS)}")
            if not str(self.endpoint or "").strip():
                raise AllHoursParameterError("parameter 'endpoint' is empty; it takes a path such as /api/v1/Users")
            with AllHoursHook(self.allhours_conn_id).client() as client:
                answer = client.request(method, self._path(), params=self.query, json=self.json)
            return _small(self.response_filter(answer) if self.response_filter else answer)

    def _path(self) -> str:
        endpoint = str(self.endpoint).strip()
        return endpoint if endpoint.startswith("/") or "://" in endpoint else f"/api/v1/{endpoint}"


def _own_params(params: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The query parameters given to this operator.

    Airflow calls a DAG's form fields ``params`` as well and merges them in; each entry knows where it is from.
    """
    if not isinstance(params, ParamsDict):
        return None if params is None else dict(params)
    given = {name: params.get_param(name) for name in params}
    return {name: param.value for name, param in given.items() if param.source == "task"} or None


def _small(result: Any) -> Any:
    try:
        size = len(json_module.dumps(result))
    except (TypeError, ValueError):
        raise AllHoursParameterError(
            "parameter 'response_filter' returns something that is not plain JSON; it takes a function to counts, ids "
            "and texts"
        ) from None
    if size > MAX_RESULT_BYTES:
        raise AllHoursParameterError(
            f"the answer is {size} bytes of JSON, more than {MAX_RESULT_BYTES} for XCom; parameter 'response_filter' "
            "takes a function that keeps what the next task needs"
        )
    return result
