# SPDX-License-Identifier: Apache-2.0
"""Release rules: which version a payroll file is a delta against, and which files are refused as a second payment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypedDict

from airflow_provider_allhours.client.errors import AllHoursConflictError
from airflow_provider_allhours.payroll.corrections import PrintedLine, from_printed
from airflow_provider_allhours.payroll.questions import Answers, PrintedSoFar
from airflow_provider_allhours.periods import Period


class PayrollFile(TypedDict):
    """Identity of a payroll file: its layout, its path and the checksum of its mapping."""

    profile: str
    path: str
    mapping_sha256: str


class ReleasedFile(PayrollFile):
    """A payroll file that was published from a version."""

    sha256: str
    released_at: str


Release = TypedDict(
    "Release",
    {
        "version": int,
        "baseline": int | None,
        "with": str | None,
        "corrections": list[tuple[str, int]],
        "provider_version": str,
        "printed": list[PrintedLine],
        "codes": list[list[str]],
        "kept": list[str],
        "renumbered": list[list[str]],
        "files": list[ReleasedFile],
    },
)
"""What ``release.json`` of a version holds.

``baseline`` is the version that the ± lines are against (None: the whole period was paid); ``with`` names the period
and version whose file a correction joined; ``corrections`` are ``[period, version]`` of the corrections that joined its
own file. ``printed`` are the lines that the file has of this period, ``codes`` the pay codes and units of its mapping.
``kept`` are users who were gone and whose pay stays; ``renumbered`` are ``[user id, old number, new number]`` of people
whom payroll renumbered, too. The first of ``files`` is the release, others are the same lines in other layouts.
"""


def release_name(period: Period, version: int) -> str:
    """The name of a version in the release record of a correction: ``<first day>/<last day> version <number>``."""
    return f"{period} version {version}"


def baseline_of_release(
    period: Period, version: int, *, release: Release | None, released: Sequence[int], delta: bool, file: PayrollFile
) -> int | None:
    """Find the version that a payroll file is a delta against; None when it pays the whole period.

    Args:
        period: the days.
        version: the version to pay.
        release: the record of its release, if it was released.
        released: numbers of all released versions of the period, in order.
        delta: whether only the ± lines since the last release are to be paid.
        file: the payroll file.

    Raises:
        AllHoursConflictError: the file would pay something twice, or be a delta without an earlier release.
    """
    if release is not None:
        _refuse_second_release(release, period, version, delta=delta, file=file)
        return release["baseline"]
    if released and released[-1] > version:
        raise AllHoursConflictError(f"version {released[-1]} of {period} was released, and {version} is older")
    if delta and not released:
        raise AllHoursConflictError(f"no version of {period} was released; the first payroll file takes delta=False")
    if released and not delta:
        raise AllHoursConflictError(
            f"version {released[-1]} of {period} was released already; delta=True pays what changed since"
        )
    return released[-1] if delta else None


def _refuse_second_release(release: Release, period: Period, version: int, *, delta: bool, file: PayrollFile) -> None:
    same_layout = next((known for known in release["files"] if known["profile"] == file["profile"]), None)
    if (
        (release["baseline"] is not None) != delta
        or release["files"][0]["mapping_sha256"] != file["mapping_sha256"]
        or (same_layout is not None and same_layout["path"] != file["path"])
    ):
        raise AllHoursConflictError(
            f"version {version} of {period} was released already, to {release['files'][0]['path']}; nothing is "
            "released twice"
        )


def refuse_other_lines(
    release: Release | None,
    period: Period,
    version: int,
    *,
    file: PayrollFile,
    sha256: str,
    printed: Sequence[PrintedLine],
) -> None:
    """Refuse a file of a released version whose lines are not the released ones, in its own layout or another.

    Raises:
        AllHoursConflictError: other employees, options or corrections gave other lines.
    """
    if release is None:
        return
    same_layout = [known for known in release["files"] if known["profile"] == file["profile"]]
    if release["printed"] != list(printed) or any(known["sha256"] != sha256 for known in same_layout):
        raise AllHoursConflictError(
            f"version {version} of {period} was released already with other lines (other employees, options "
            "or corrections); nothing is released twice"
        )


def baseline_of_correction(
    period: Period,
    version: int,
    *,
    release: Release | None,
    earlier: Sequence[int],
    main_name: str,
    main_release: Release | None,
) -> int | None:
    """Find the version that a correction of an earlier period is a delta against; None when it adds no lines.

    A released file that is written again has the same corrections as at its release.

    Args:
        period: the earlier period.
        version: its version to pay.
        release: the record of that version's release, if it was released.
        earlier: numbers of the earlier versions of that period that were released, in order.
        main_name: :func:`release_name` of the version whose file the correction joins.
        main_release: the record of that version's release, if it was released.
    """
    if release is not None:
        return release["baseline"] if release["with"] == main_name else None
    joined = None if main_release is None else {tuple(entry) for entry in main_release["corrections"]}
    if not earlier or (joined is not None and (str(period), version) not in joined):
        return None
    return earlier[-1]


def printed_so_far(period: Period, releases: Iterable[Release]) -> PrintedSoFar:
    """Everything that releases of a period printed, and their answers.

    Args:
        period: the days.
        releases: their records, in the order of the versions.
    """
    lines, answers = [], Answers()
    codes: set[tuple[str, str]] = set()
    mappings: set[str] = set()
    for release in releases:
        codes |= {(code, unit) for code, unit in release["codes"]}
        mappings |= {file["mapping_sha256"] for file in release["files"]}
        lines += [from_printed(line, period) for line in release["printed"]]
        back = {user_id for line in release["printed"] for user_id in line["user_ids"]}
        renumbered = {(user_id, old): new for user_id, old, new in release["renumbered"]}
        # Somebody who came back and was paid is a question again when gone again.
        answers = replace(answers, kept=answers.kept - back).joined(Answers(frozenset(release["kept"]), renumbered))
    return PrintedSoFar(lines, answers, frozenset(codes), frozenset(mappings))
