# SPDX-License-Identifier: Apache-2.0
"""A dataset, and the reader of one export of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from airflow_provider_allhours.attendance.coverage import Coverage, Proof
from airflow_provider_allhours.attendance.roster import Shard
from airflow_provider_allhours.attendance.selection import EmployeeSelection
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.client.models import DailyCalculation
from airflow_provider_allhours.columns import Column, Row
from airflow_provider_allhours.flows.shards import ShardJson
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.record_fields import fields_of

ProgressCallback = Callable[[int, int], None]
"""Called with the number of employees done and the number of all employees."""


def ignore_progress(done: int, total: int) -> None:
    """The progress callback of a caller that does not want any."""


@dataclass(frozen=True)
class Dataset:
    """One kind of record that can be exported.

    Attributes:
        name: what it is called in manifests and messages.
        columns: all its columns, in order.
        routes: names of the API routes that it is read from.
        open_rows: checks the reader's parameters and returns its rows, which are fetched as they are iterated.
        by_employee: read with one request per employee, so that a shard of the employees can be read and the
            employee-days that are due are counted.
        provable: can be held against the employee-days, which show the same records.
    """

    name: str
    columns: tuple[Column, ...]
    routes: tuple[str, ...]
    open_rows: Callable[[DatasetReader], Iterator[Row]]
    by_employee: bool = False
    provable: bool = False

    def fields(self, positions: Iterable[int] | None = None) -> tuple[str, ...]:
        """The fields of the API's records that the columns at these positions depend on; those of all by default."""
        chosen = range(len(self.columns)) if positions is None else tuple(positions)
        names = [self.columns[position].name for position in chosen]
        return fields_of(self.name, names, are_chosen=len(names) < len(self.columns))

    @property
    def user_id_position(self) -> int:
        """Where a row has the id of its user."""
        return next(index for index, column in enumerate(self.columns) if column.name in ("user_id", "id"))


@dataclass
class DatasetReader:
    """Reads one dataset once; ``coverage`` and ``employees`` are complete when ``rows`` is exhausted.

    Attributes:
        dataset: what is read.
        client: the account.
        period: the days; None for users.
        shard: only this part of the employees.
        on_progress: called after each employee.
        selection: only these employees; everybody by default.
        proof: ``days`` holds the records against the employee-days.
        days_read: the employee-days by user id, where the caller has read them already; a proof requests them
            otherwise, at one request per employee.
        rows: ordered by employee id, user id and date; can be iterated once.
        coverage: employee-days due and received.
        employees: ids of the users that have rows.
        left_out: records of the period that are in no row, because their user is not in the file or not employed on
            their day.
        shard_evidence: of a shard, what it is a part of.
    """

    dataset: Dataset
    client: AllHoursClient
    period: Period | None = None
    shard: Shard | None = None
    on_progress: ProgressCallback = ignore_progress
    selection: EmployeeSelection | None = None
    proof: Proof = "none"
    days_read: Mapping[str, list[DailyCalculation]] | None = None
    rows: Iterator[Row] = field(init=False)
    coverage: Coverage = field(init=False)
    employees: set[str] = field(default_factory=set, init=False)
    left_out: int = field(default=0, init=False)
    shard_evidence: ShardJson | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.shard is not None and not self.dataset.by_employee:
            raise AllHoursParameterError(
                f"parameter 'shard' is given; {self.dataset.name} are not read employee by employee and take none"
            )
        if self.proof == "days" and not self.dataset.provable:
            raise AllHoursParameterError(
                f"parameter 'proof' is 'days'; {self.dataset.name} are not shown a second time by the employee-days"
            )
        self.coverage = Coverage(expected=0 if self.dataset.by_employee else None, proof=self.proof)
        self.rows = self.dataset.open_rows(self)

    def required_period(self) -> Period:
        """The days to read.

        Raises:
            AllHoursParameterError: there is no period.
        """
        if self.period is None:
            raise AllHoursParameterError(f"parameter 'period' is missing; {self.dataset.name} are of a period")
        return self.period
