# SPDX-License-Identifier: Apache-2.0
"""Every dataset by its name."""

from __future__ import annotations

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.flows.datasets.absence_spans import ABSENCE_SPANS
from airflow_provider_allhours.flows.datasets.absences import ABSENCES
from airflow_provider_allhours.flows.datasets.clockings import CLOCKINGS
from airflow_provider_allhours.flows.datasets.dataset import Dataset
from airflow_provider_allhours.flows.datasets.days import COUNTERS, TIMESHEETS
from airflow_provider_allhours.flows.datasets.users import USERS

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset for dataset in (TIMESHEETS, COUNTERS, ABSENCES, ABSENCE_SPANS, CLOCKINGS, USERS)
}
"""Name -> how the dataset is read, its columns and its routes."""


def find_dataset(name: str) -> Dataset:
    """A dataset by its name.

    Raises:
        AllHoursParameterError: no such dataset; lists the known ones.
    """
    try:
        return DATASETS[name]
    except KeyError:
        raise AllHoursParameterError(
            f"parameter 'dataset' is {name!r}; it takes one of {', '.join(DATASETS)}"
        ) from None
