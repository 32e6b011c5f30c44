# SPDX-License-Identifier: Apache-2.0
"""Links of a task in Airflow's user interface to the files that it wrote.

Airflow asks for a link in the task's process when the task is over, stores the answer as an XCom, and shows that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey


class _LinkToFile(BaseOperatorLink):
    """Base of the links: the address of a file of this run; empty, which shows no link, where there is none."""

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """The address that a browser can open, else the file's path; never with a user or a password."""
        linked: dict[str, str] = getattr(operator, "linked_files", {})
        return linked.get(self.name, "")


class AllHoursFileLink(_LinkToFile):
    """*File*: what the task wrote."""

    name = "File"


class AllHoursManifestLink(_LinkToFile):
    """*Manifest*: the description of what the task wrote."""

    name = "Manifest"


class AllHoursReportLink(_LinkToFile):
    """*Report*: what a person should read, such as who blocks a period."""

    name = "Report"
