# SPDX-License-Identifier: Apache-2.0
"""Send any request of the API that this provider has no operator for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.lineage import ReportsLineage, endpoint_dataset
from airflow_provider_allhours.task_utils.personal import PersonalField, reveal
from airflow_provider_allhours.task_utils.stopping import StopsWithTask

if TYPE_CHECKING:
    from airflow.sdk import Context


class AllHoursApiOperator(ReportsLineage, StopsWithTask, BaseOperator):
    """Send one request with the connection's token, retries and errors, and return its answer.

    The endpoint stays on the connection's host. A GET, PUT or DELETE is repeated after a lost answer, a POST never is.

    Args:
        endpoint: path such as ``/api/v1/OrganizationUnits``; without a leading slash it is below ``/api/v1/``.
        method: ``GET``, ``POST``, ``PUT`` or ``DELETE``.
        query: query parameters. (``params`` are Airflow's: the form fields of a DAG.) Their values, and those of
            ``json``, are masked where Airflow shows rendered templates.
        json: JSON body.
        response_filter: called with the decoded answer; its result is returned instead. It keeps records, names and
            comments out of XCom.
        allhours_conn_id: Airflow connection of type ``allhours``.
        kwargs: parameters of Airflow's ``BaseOperator``.

    Returns:
        The decoded answer, or what ``response_filter`` returns: plain JSON of at most 48,000 bytes.

    Raises:
        AllHoursParameterError: an unknown method, an empty endpoint or one on another host, or a result that is too
            large or not JSON; fails the task at once, as refused credentials and refused input do.
        AllHoursResponseError: an error response; retried by Airflow when it is transient.
    """

    template_fields: Sequence[str] = ("endpoint", "method", "query", "json", "allhours_conn_id")
    template_fields_renderers = {"query": "json", "json": "json"}
    query = PersonalField()
    json = PersonalField()
    ui_color = "#f3e9dc"

    def __init__(
        self,
        *,
        endpoint: str,
        method: str = "GET",
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        response_filter: Callable[[Any], Any] | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.endpoint = endpoint
        self.method = method
        self.query = query
        self.json = json
        self.response_filter = response_filter
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> Any:
        """Send the request and return its filtered answer."""
        from airflow_provider_allhours.flows.api_request import request_api

        with failing_fast(), self.running(AllHoursHook(self.allhours_conn_id).client()) as client:
            resource = endpoint_dataset(client.host, self.endpoint)
            is_read = str(self.method).strip().upper() == "GET"
            (self.lineage.reads if is_read else self.lineage.intends)(resource)
            result = request_api(
                client,
                endpoint=self.endpoint,
                method=self.method,
                query=reveal(self.query),
                body=reveal(self.json),
                response_filter=self.response_filter,
            )
        self.lineage.wrote(*(() if is_read else (resource,)))
        return result
