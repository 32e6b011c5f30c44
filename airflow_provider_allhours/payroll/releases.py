# SPDX-License-Identifier: Apache-2.0
"""The registry of releases: what its records say is paid, taken back, paid elsewhere, confirmed and purged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict, cast

from airflow_provider_allhours.client.errors import AllHoursConflictError
from airflow_provider_allhours.periods import Period, PeriodJson

RELEASE, COPY, ADOPTED = "release", "copy", "adopted"
PUBLISHED, VOID, CONFIRMED, PURGED = "published", "void", "confirmed", "purged"

ReleaseState = Literal["claimed", "released", "confirmed", "adopted", "void"]


class ReleasedFile(TypedDict):
    """A payroll file.

    ``path`` is in the one form in which paths are compared; ``folder`` has its manifest, with this checksum, and its
    content until it is in its place.
    """

    path: str
    profile: str
    mapping_sha256: str
    sha256: str
    folder: str
    manifest_sha256: str


class PeopleFile(TypedDict):
    """The file of the people that are paid, :class:`~.paid_people.PaidPerson` by line."""

    name: str
    sha256: str
    people: int


class ReleasedPart(TypedDict):
    """A version that is paid, whole when ``baseline`` is None, else the difference to what was printed before.

    ``read_from`` is when its reading of the account began; ``codes`` are pay codes and units of the mapping.
    """

    period: PeriodJson
    version: int
    baseline: int | None
    read_from: str
    manifest_sha256: str
    codes: list[list[str]]
    people: PeopleFile


class ReleaseRecord(TypedDict):
    """A payroll file was claimed: the first of ``parts`` is its own period, the others are corrections."""

    kind: str
    file: ReleasedFile
    parts: list[ReleasedPart]
    is_delta: bool
    approved_by: str | None
    approved_at: str | None
    provider_version: str
    created_at: str


class CopyRecord(TypedDict):
    """The same lines of a release go to another file, in another layout."""

    kind: str
    release: int
    file: ReleasedFile
    created_at: str


class AdoptionRecord(TypedDict):
    """A version was paid elsewhere."""

    kind: str
    parts: list[ReleasedPart]
    reason: str
    provider_version: str
    created_at: str


class PublishedRecord(TypedDict):
    """The file of a release or a copy is in its place; ``release`` is the number of that record."""

    kind: str
    release: int
    created_at: str


class VoidRecord(TypedDict):
    """A release does not count; ``sha256`` is that of its payroll file."""

    kind: str
    release: int
    sha256: str
    reason: str
    approved_by: str | None
    on_file: str
    created_at: str


class ConfirmedRecord(TypedDict):
    """A register of the payroll office agreed with the file of a release."""

    kind: str
    release: int
    register_sha256: str
    created_at: str


class PurgedVersion(TypedDict):
    """Checksums of a version that was removed; ``files`` are by part."""

    version: int
    manifest_sha256: str
    files: dict[str, str]


class PurgedPeriod(TypedDict):
    """A period whose personal files were removed; ``releases`` are the numbers of its releases that count."""

    period: PeriodJson
    versions: list[PurgedVersion]
    releases: list[int]


class PurgeRecord(TypedDict):
    """Personal files of periods were removed."""

    kind: str
    before: str
    periods: list[PurgedPeriod]
    created_at: str


@dataclass
class Release:
    """A payroll file, or a version that was paid elsewhere, and what happened to it.

    Attributes:
        number: number of its record.
        parts: what it pays.
        files: its payroll files by number of the record, copies in other layouts behind; empty when adopted.
        is_delta: whether it pays differences of its own period.
        is_adopted: whether it was paid elsewhere.
        published: numbers of the records whose files are in their place.
        void: the record that says that it does not count.
        confirmed: the record that says that the payroll office imported it.
        approved_by: who approved it.
        approved_at: when, as the export was told; None where nobody said.
        created_at: when it was claimed.
    """

    number: int
    parts: Sequence[ReleasedPart]
    files: dict[int, ReleasedFile]
    is_delta: bool
    is_adopted: bool
    approved_by: str | None
    approved_at: str | None
    created_at: str
    published: set[int] = field(default_factory=set)
    void: VoidRecord | None = None
    confirmed: ConfirmedRecord | None = None

    @property
    def file(self) -> ReleasedFile | None:
        """The payroll file; None when it was paid elsewhere."""
        return self.files.get(self.number)

    @property
    def name(self) -> str:
        """The payroll file, or how it was paid, for messages."""
        return self.file["path"] if self.file else "what was paid elsewhere"

    @property
    def state(self) -> ReleaseState:
        """What became of it."""
        if self.void is not None:
            return "void"
        if self.is_adopted:
            return "adopted"
        if self.confirmed is not None:
            return "confirmed"
        return "released" if self.number in self.published else "claimed"

    def part_of(self, period: Period) -> ReleasedPart | None:
        """What it pays of a period; None for nothing."""
        return next((part for part in self.parts if Period.from_json(part["period"]) == period), None)


class Releases:
    """All releases below one folder, as the records of the registry tell.

    Args:
        records: number and content of each record, in order.

    Attributes:
        all: every release by number, void ones, too.
        purged: periods whose personal files were removed.
    """

    def __init__(self, records: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
        self.all: dict[int, Release] = {}
        self.purged: list[PurgedPeriod] = []
        self._release_of: dict[int, int] = {}
        for number, document in records:
            self._take(number, document)

    def _take(self, number: int, document: Mapping[str, Any]) -> None:
        kind = document["kind"]
        if kind in (RELEASE, ADOPTED):
            record = cast("ReleaseRecord", document)
            files = {} if kind == ADOPTED else {number: record["file"]}
            self._release_of[number] = number
            self.all[number] = Release(
                number,
                record["parts"],
                files,
                bool(record.get("is_delta")),
                kind == ADOPTED,
                record.get("approved_by"),
                record.get("approved_at"),
                record["created_at"],
            )
        elif kind == COPY:
            copy = cast("CopyRecord", document)
            self._release_of[number] = copy["release"]
            self.all[copy["release"]].files[number] = copy["file"]
        elif kind == PUBLISHED:
            published = cast("PublishedRecord", document)["release"]
            self.all[self._release_of[published]].published.add(published)
        elif kind == VOID:
            void = cast("VoidRecord", document)
            self.all[void["release"]].void = void
        elif kind == CONFIRMED:
            confirmed = cast("ConfirmedRecord", document)
            self.all[confirmed["release"]].confirmed = confirmed
        elif kind == PURGED:
            self.purged += cast("PurgeRecord", document)["periods"]
        else:
            raise AllHoursConflictError(
                f"record {number} of the registry is of the kind {kind!r}, which this version of the provider does "
                "not know; update it"
            )

    @property
    def valid(self) -> list[Release]:
        """The releases that count, in order."""
        return [release for release in self.all.values() if release.void is None]

    def of(self, period: Period) -> list[Release]:
        """The releases that count and pay something of exactly this period, in order."""
        return [release for release in self.valid if release.part_of(period)]

    def versions_of(self, period: Period) -> frozenset[int]:
        """Numbers of the versions of a period that were released, or paid elsewhere."""
        return frozenset(part["version"] for release in self.of(period) if (part := release.part_of(period)))

    def purged_versions_of(self, period: Period) -> frozenset[int]:
        """Numbers of the versions of a period that were removed."""
        return frozenset(
            version["version"]
            for purged in self.purged
            if Period.from_json(purged["period"]) == period
            for version in purged["versions"]
        )

    def at(self, path: str) -> Release | None:
        """The release that counts and has a file at this path."""
        return next(
            (release for release in self.valid if any(file["path"] == path for file in release.files.values())), None
        )

    def refuse_purged(self, period: Period) -> None:
        """Refuse to pay days of a period that was paid and purged.

        Raises:
            AllHoursConflictError: names the first such day.
        """
        for purged in self.purged:
            gone = Period.from_json(purged["period"])
            common = period.within(gone.date_from, gone.date_to)
            if purged["releases"] and common is not None:
                raise AllHoursConflictError(
                    f"{period} has {common.date_from}, which was paid with {gone}; the data of that period was purged, "
                    "so nothing of it can be paid or corrected here"
                )
