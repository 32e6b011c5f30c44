# SPDX-License-Identifier: Apache-2.0
"""The application behind the page *All Hours*: one address, read only, for signed-in users who may read XComs."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Annotated

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import get_user
from airflow.models.dag import DagModel
from airflow.utils.session import create_session
from fastapi import Depends, FastAPI, HTTPException, Request, Response, status
from fastapi.responses import HTMLResponse

from airflow_provider_allhours.plugins.page import render_page, render_refusal
from airflow_provider_allhours.plugins.reading import PathReader
from airflow_provider_allhours.plugins.runs import seen_runs
from airflow_provider_allhours.plugins.settings import periods_paths


def make_app() -> FastAPI:
    """The application, to be mounted in Airflow's own."""
    app = FastAPI(title="All Hours", openapi_url=None, docs_url=None, redoc_url=None)
    reader = PathReader()

    # Not async: FastAPI then runs it on a thread, and storage and database may take their time.
    @app.get("/", response_class=HTMLResponse)
    def page(user: Annotated[BaseUser, Depends(reader_of_xcoms)]) -> HTMLResponse:
        with create_session(scoped=False) as session:
            seen = seen_runs(session, lambda dag_ids: _readable(user, dag_ids))
        nonce = secrets.token_urlsafe(16)
        return _answer(render_page(reader.read(periods_paths()), seen, nonce=nonce), nonce=nonce)

    @app.exception_handler(HTTPException)
    def refuse(_: Request, error: HTTPException) -> Response:
        nonce = secrets.token_urlsafe(16)
        return _answer(render_refusal(error.status_code, nonce=nonce), nonce=nonce, status_code=error.status_code)

    return app


def reader_of_xcoms(user: Annotated[BaseUser, Depends(get_user)]) -> BaseUser:
    """Refuse whoever may not read the XComs of DAGs: the page says what stands in those of closes.

    Airflow's own ``requires_access_dag`` takes the DAG from the address, so that anybody with rights to one DAG could
    pass by naming it.
    """
    if not get_auth_manager().is_authorized_dag(method="GET", access_entity=DagAccessEntity.XCOM, user=user):
        raise HTTPException(status.HTTP_403_FORBIDDEN, "Forbidden")
    return user


def _readable(user: BaseUser, dag_ids: Iterable[str]) -> set[str]:
    manager = get_auth_manager()
    return {
        dag_id
        for dag_id in dag_ids
        if manager.is_authorized_dag(
            method="GET",
            access_entity=DagAccessEntity.XCOM,
            details=DagDetails(id=dag_id, team_name=DagModel.get_team_name(dag_id)),
            user=user,
        )
    }


def _answer(content: str, *, nonce: str, status_code: int = status.HTTP_200_OK) -> HTMLResponse:
    return HTMLResponse(
        content,
        status_code,
        headers={
            "Cache-Control": "no-store",
            "Content-Security-Policy": (
                f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; base-uri 'none'; "
                "form-action 'none'; frame-ancestors 'self'"
            ),
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        },
    )
