# SPDX-License-Identifier: Apache-2.0
"""Read the frozen versions of a period.

A version is a folder ``<path>/<first day>_<last day>/v0001`` with four parts and a manifest, which names the part files
with their checksums: ``people``, ``timesheets``, ``absences`` and ``counters``. Their rows and columns are the classes
of :mod:`..payroll.frozen`; all four are sorted by user id. :meth:`FrozenVersion.people` reads them together, person by
person, in flat memory::

    version = open_close(manifest_path)
    for records in version.people():
        records.person, records.days, records.absences, records.counters
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypedDict, cast

from airflow_provider_allhours.attendance.coverage import CoverageJson
from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.files.presence import is_there
from airflow_provider_allhours.files.publication import sha256_of
from airflow_provider_allhours.files.staging import AnyPath, as_upath
from airflow_provider_allhours.flows.version_parts import VersionFile, open_verified, read_people
from airflow_provider_allhours.payroll.frozen import PersonRecords
from airflow_provider_allhours.periods import Period, PeriodJson

log = logging.getLogger(__name__)

MANIFEST, DELTA = "manifest.json", "delta.csv"
_FOLDER = re.compile(r"v(\d{4,})")
_PERIOD = re.compile(r"(\d{4}-\d\d-\d\d)_(\d{4}-\d\d-\d\d)")


class DeltaEvidence(TypedDict):
    """The delta file of a version: its lines, and their number by reason."""

    name: str
    lines: int
    sha256: str
    reasons: dict[str, int]


class VersionSource(TypedDict):
    """API root of the account that was read, and path templates of the routes."""

    host: str
    routes: list[str]


class FrozenDefinition(TypedDict):
    """An absence definition as it was; ``fraction`` is the part of a day that a whole-day record stands for."""

    name: str
    integration_id: str | None
    fraction: float


class VersionManifest(TypedDict):
    """What ``manifest.json`` of a version holds.

    ``selection`` is the parameter ``employees`` of the close, None for everybody; versions of one selection are
    compared with each other. ``provisional`` says that the period was not over, and ``past_until`` is the last day that
    was past when it was read. ``run`` is a token of the run that made the version, and
    ``contract_sha256`` the checksum of the contract that the account was read by. ``totals`` are minutes by timesheet
    column; ``left_out`` counts absences of people who are not in the version or not employed on their day. ``window``
    is the time during which the account was read; ``files`` are by part. ``absence_definitions`` and ``counters`` name
    what ids and codes of the rows stand for, as they were called then; ``running_counters`` are the codes of counters
    that equal the running balance on every day of every employee, which is no pay.
    """

    version: int
    period: PeriodJson
    timezone: str
    selection: list[str] | dict[str, list[str]] | None
    provisional: bool
    past_until: str
    run: str
    employees: int
    left_out: int
    open_approvals: int
    totals: dict[str, int]
    baseline: int | None
    delta: DeltaEvidence | None
    files: dict[str, VersionFile]
    coverage: CoverageJson
    absence_definitions: dict[str, FrozenDefinition]
    counters: dict[str, str | None]
    running_counters: list[str]
    window: dict[str, str]
    requests: int
    source: VersionSource
    contract_sha256: str
    provider_version: str
    created_at: str


@dataclass(frozen=True)
class FrozenVersion:
    """A version and its manifest; the methods read its other files.

    Attributes:
        versions: all versions of its period.
        number: number of the version, from 1.
        period: the frozen days.
        manifest: content of its manifest.
        manifest_sha256: SHA-256 of the manifest, hex.
    """

    versions: PeriodVersions
    number: int
    period: Period
    manifest: VersionManifest
    manifest_sha256: str

    def people(self) -> Iterator[PersonRecords]:
        """Each person with everything that is frozen of them, sorted by user id; each file is verified first.

        Raises:
            AllHoursConflictError: the checksum of a file differs from the manifest's.
        """
        files = self.manifest["files"]
        return read_people(
            lambda part: open_verified(self.versions.path(self.number, files[part]["name"]), files[part]["sha256"])
        )


class PeriodVersions:
    """The versions of one period below a folder; a version exists when its manifest does.

    Args:
        folder: ``<path>/<first day>_<last day>``.
    """

    def __init__(self, folder: AnyPath) -> None:
        self.folder = as_upath(folder)

    @classmethod
    def of(cls, path: AnyPath, period: Period) -> PeriodVersions:
        """The versions of a period below the folder of all periods."""
        return cls(as_upath(path) / f"{period.date_from}_{period.date_to}")

    def path(self, number: int, name: str) -> Any:
        """Path of a file of a version."""
        return self.folder / self.folder_name(number) / name

    @staticmethod
    def folder_name(number: int) -> str:
        """Name of a version's folder."""
        return f"v{number:04}"

    def numbers(self) -> list[int]:
        """Numbers of the versions that have a manifest, in order."""
        if not is_there(self.folder):
            return []
        numbers = [int(match[1]) for name in _names_in(self.folder) if (match := _FOLDER.fullmatch(name))]
        return sorted(number for number in numbers if self.exists(number, MANIFEST))

    def latest(self, selection: object, numbers: Sequence[int], released: Collection[int]) -> FrozenVersion | None:
        """The last version of these employees.

        A manifest that a crash cut short counts as none, and its number is not used again.

        Args:
            selection: the employees.
            numbers: the versions, as :meth:`numbers` gave them; whoever decides on the next number decides on these.
            released: numbers of the versions that were released.

        Raises:
            AllHoursConflictError: a released version has a manifest that cannot be read.
        """
        return self._last(numbers, selection, released)

    def last_released(
        self,
        selection: object,
        numbers: Sequence[int],
        released: Collection[int],
        known: FrozenVersion | None = None,
    ) -> FrozenVersion | None:
        """The version of these employees that was released last; ``known`` is one that was opened already.

        Raises:
            AllHoursConflictError: a released version has a manifest that cannot be read.
        """
        return self._last([number for number in numbers if number in released], selection, released, known)

    def _last(
        self, numbers: Sequence[int], selection: object, released: Collection[int], known: FrozenVersion | None = None
    ) -> FrozenVersion | None:
        for number in reversed(numbers):
            try:
                version = known if known is not None and known.number == number else self.open(number)
            except (ValueError, KeyError, TypeError):
                if number in released:
                    raise AllHoursConflictError(
                        f"{self.path(number, MANIFEST)} cannot be read, and the version was released; restore it from "
                        "a copy: without it nothing tells what was paid"
                    ) from None
                log.warning("%s cannot be read; the version does not count", self.path(number, MANIFEST))
                continue
            if version.manifest["selection"] == selection:
                return version
        return None

    def open(self, number: int) -> FrozenVersion:
        """Read the manifest of a version."""
        path = self.path(number, MANIFEST)
        return _frozen_version(self, path.fs.cat_file(path.path))

    def exists(self, number: int, name: str) -> bool:
        """Whether a version has a file of this name."""
        return is_there(self.path(number, name))


def closed_periods(path: AnyPath) -> list[Period]:
    """The periods that have a folder below the folder of all periods, in order."""
    folder = as_upath(path)
    if not is_there(folder):
        return []
    return sorted(period for name in _names_in(folder) if (period := period_of_folder(name)))


def names_below(folder: AnyPath) -> list[str]:
    """Names of what is in a folder, as it is now.

    Raises:
        FileNotFoundError: there is no such folder.
        NotADirectoryError: the path is that of a file.
        OSError: it cannot be listed.
    """
    path = as_upath(folder)
    path.fs.invalidate_cache()
    if path.fs.info(path.path)["type"] == "file":
        raise NotADirectoryError(f"{path} is a file and not a folder")
    return _names_in(path)


def period_of_folder(name: str) -> Period | None:
    """The period whose versions are in a folder of this name; None for another folder."""
    match = _PERIOD.fullmatch(name)
    if match is not None:
        with suppress(ValueError):
            return Period.from_json({"from": match[1], "to": match[2]})
    return None


def version_of_folder(name: str) -> int | None:
    """The number of the version that is in a folder of this name; None for another folder."""
    match = _FOLDER.fullmatch(name)
    return int(match[1]) if match else None


def _names_in(folder: Any) -> list[str]:
    return [str(name).rstrip("/").rpartition("/")[2] for name in folder.fs.ls(folder.path, detail=False)]


def open_close(manifest_path: AnyPath) -> FrozenVersion:
    """Open the version of a manifest.

    Raises:
        AllHoursParameterError: the path is not that of a manifest, or it is in the folder of another version.
    """
    path = as_upath(manifest_path)
    versions = PeriodVersions(path.parent.parent)
    try:
        version = _frozen_version(versions, path.fs.cat_file(path.path))
        if path.parent.name != versions.path(version.number, MANIFEST).parent.name:
            raise ValueError("a manifest in the folder of another version")
    except (OSError, ValueError, KeyError, TypeError):
        raise AllHoursParameterError(
            f"parameter 'close': {manifest_path} is not a manifest of AllHoursClosePeriodOperator"
        ) from None
    return version


def manifest_path_of(close: object) -> str:
    """Path of the manifest of a close, given the close's return value or the path itself.

    Raises:
        AllHoursParameterError: the value is neither of the two.
    """
    path = close.get("manifest_path") if isinstance(close, Mapping) else close
    if not path or not isinstance(path, str):
        raise AllHoursParameterError(
            "parameter 'close' takes the return value of AllHoursClosePeriodOperator or the path of its manifest"
        )
    return path


def _frozen_version(versions: PeriodVersions, content: bytes) -> FrozenVersion:
    document = json.loads(content)
    if not isinstance(document, dict) or not VersionManifest.__required_keys__ <= document.keys():
        raise ValueError("not a manifest, or one without some of its keys")
    manifest = cast("VersionManifest", document)
    period = Period.from_json(manifest["period"])
    return FrozenVersion(versions, int(manifest["version"]), period, manifest, sha256_of(content))
