# SPDX-License-Identifier: Apache-2.0
"""Register the page *All Hours* in Airflow. Every Airflow process imports this module; only the API server the page."""

from __future__ import annotations

from typing import Any

from airflow_provider_allhours.task_utils.compat import AirflowPlugin

PREFIX = "/allhours"


class PeriodsPageApp:
    """The page's ASGI application, made when the first request arrives: FastAPI is no business of other processes."""

    def __init__(self) -> None:
        self._app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request."""
        if self._app is None:
            from airflow_provider_allhours.plugins.app import make_app

            self._app = make_app()
        await self._app(scope, receive, send)


class AllHoursPlugin(AirflowPlugin):
    """Adds the page *All Hours* to the menu *Browse*."""

    name = "allhours"
    fastapi_apps = [{"app": PeriodsPageApp(), "url_prefix": PREFIX, "name": "All Hours"}]
    external_views = [
        {
            "name": "All Hours",
            # Without a slash: relative to wherever Airflow is served.
            "href": f"{PREFIX[1:]}/",
            "url_route": "allhours",
            "destination": "nav",
            "category": "browse",
        }
    ]
