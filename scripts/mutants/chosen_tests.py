# SPDX-License-Identifier: Apache-2.0
"""Which tests a change has to pass: those that run its lines, and those that are meant for its module."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from coverage import CoverageData

ROOT = Path(__file__).parents[2]
PACKAGE = "airflow_provider_allhours"
BATCHES = (25, 225)
"""Most changes are noticed by the few most specific tests of a line; a line that everything runs has thousands."""

OF_ANOTHER_PROCESS = ("benchmarks", "browser", "e2e", "project", "sandbox")
"""Folders of tests that start processes, or test the sandbox or the project's files."""

# Module (or folder) below the package -> patterns of the test files meant for it; the first entry that fits is taken.
# Tests named after the module run first, then in the order of the patterns.
TESTS = {
    "client/errors.py": ("task_utils/test_permanent*", "client/*", "hooks/*"),
    "client/concurrency.py": ("client/test_concurrency*",),
    "client/contract": ("client/contract/*", "client/test_contract*", "flows/test_contract*", "flows/test_foreign*"),
    "client": ("client/*", "hooks/*"),
    "periods.py": ("test_periods.py",),
    "parameters.py": ("test_parameters.py",),
    "retries.py": ("test_retries.py",),
    "texts.py": ("test_texts.py", "flows/test_export*"),
    "record_fields.py": ("client/test_field*", "flows/test_right_or_loud.py", "flows/test_export*"),
    "columns.py": ("test_columns.py", "flows/test_export_privacy.py", "files/*"),
    "rows.py": ("flows/test_export*", "flows/test_period_close.py"),
    "dataset_columns.py": ("test_dataset_columns.py", "flows/test_columns_of_files.py"),
    "attendance": ("attendance/*", "flows/test_right_or_loud.py", "flows/test_export*", "sensors/*"),
    "discovery": ("discovery/*", "cli/*"),
    "absences": ("absences/*", "flows/test_absence_[aprtw]*", "flows/test_absence_c*", "flows/test_absence_spans.py"),
    "payroll/register.py": ("payroll/*", "flows/test_reconciliation.py"),
    "payroll/register_comparison.py": ("payroll/*", "flows/test_reconciliation.py"),
    "payroll": ("payroll/*", "flows/test_payroll*", "flows/test_period_close.py"),
    "files": ("files/*",),
    "flows/datasets": (
        "flows/test_right_or_loud.py",
        "flows/test_export*",
        "flows/test_absence_spans.py",
        "operators/*",
    ),
    "flows/export_join.py": ("flows/test_export_join.py", "operators/test_export*"),
    "flows/shards.py": ("flows/test_export_join.py", "flows/test_sharded_close.py"),
    "flows/period_shards.py": ("flows/test_sharded_close.py",),
    "flows/sharded_close.py": ("flows/test_sharded_close.py",),
    "flows/exports.py": ("flows/test_export*", "flows/test_right_or_loud.py", "operators/*"),
    "flows/absence_update.py": ("flows/test_updates.py",),
    "flows/lost_answers.py": ("flows/test_absence_w*", "flows/test_user*"),
    "flows/absence": ("flows/test_absence_w*", "flows/test_absence_[aprt]*", "flows/test_absence_c*"),
    "flows/user_creation.py": ("flows/test_user*",),
    "flows/user_update.py": ("flows/test_updates.py",),
    "flows/api_request.py": ("flows/test_api_request.py",),
    "flows/readiness": (
        "flows/test_readiness_watch.py",
        "sensors/*",
        "triggers/*",
        "flows/test_readiness_histories.py",
    ),
    "flows/reconciliation.py": ("flows/test_reconciliation.py",),
    "flows/period_sn": (
        "flows/test_close_snapshot.py",
        "flows/test_period_close.py",
        "flows/test_sharded_close.py",
        "flows/test_versions.py",
    ),
    "flows/period_overview.py": ("plugins/*",),
    "flows/period_listing.py": ("plugins/*", "cli/*"),
    "flows/re": ("flows/test_payroll_re*", "flows/test_release_[lr]*", "flows/test_reconciliation.py"),
    "flows/tenant": ("flows/test_tenant_check*", "flows/test_foreign*"),
    "flows/period_purge.py": ("flows/test_release_[cl]*",),
    "flows": (
        "flows/test_versions.py",
        "flows/test_period_close.py",
        "flows/test_payroll*",
        "flows/test_right_or_loud.py",
    ),
    "task_utils/personal.py": ("operators/test_rendered*",),
    "task_utils/stopping.py": ("task_utils/test_stopping*", "sensors/test_waiting*"),
    "task_utils/wait_state.py": ("task_utils/test_wait*", "sensors/test_waiting*"),
    "task_utils": ("task_utils/*", "operators/*", "sensors/*", "triggers/*"),
    "cli": ("cli/*",),
    "hooks": ("hooks/*", "operators/*"),
    "operators": (
        "operators/*",
        "flows/test_absence_w*",
        "flows/test_user*",
        "flows/test_api_request.py",
        "flows/test_updates.py",
    ),
    "sensors": ("sensors/*", "triggers/*"),
    "triggers": ("triggers/*", "sensors/*"),
    "plugins": ("plugins/*",),
    "links.py": ("operators/test_links.py",),
}


def files_meant_for(file: str, tree: Path) -> list[str]:
    """Test files of a copy of the tree that are meant for a module."""
    patterns = next((patterns for prefix, patterns in TESTS.items() if file.startswith(prefix)), ())
    paths = [path for pattern in patterns for path in sorted((tree / "tests").glob(pattern))]
    paths.sort(key=lambda path: not path.name.startswith(f"test_{Path(file).stem}"))
    names = [path.relative_to(tree).as_posix() for path in paths if path.match("test_*.py")]
    return list(dict.fromkeys(names))


def refuse_patterns_without_tests(tree: Path) -> None:
    """Stop when a pattern of :data:`TESTS` matches nothing: its tests were renamed, and mutants would survive."""
    patterns = {pattern for patterns in TESTS.values() for pattern in patterns}
    unmatched = sorted(pattern for pattern in patterns if not any((tree / "tests").glob(pattern)))
    if unmatched:
        raise SystemExit(f"no test file matches {', '.join(unmatched)}; TESTS in {__file__} names the files to run")


def every_test_file(tree: Path) -> list[str]:
    """The test files that run lines of the package in their own process, but for those of the sandbox."""
    paths = sorted((tree / "tests").rglob("test_*.py"))
    names = [path.relative_to(tree).as_posix() for path in paths]
    return [name for name in names if name.split("/")[1] not in OF_ANOTHER_PROCESS]


class RecordedLines:
    """Which fast tests run a line, as one run of them with ``--cov-context=test`` recorded.

    Args:
        record: coverage's data file of that run, in a copy of the tree.
        tree: the copy.
    """

    def __init__(self, record: Path, tree: Path) -> None:
        self._data = CoverageData(str(record))
        self._data.read()
        self._tree = tree
        self._size = Counter(
            _test_of(context)
            for file in self._data.measured_files()
            for contexts in self._data.contexts_by_lineno(file).values()
            for context in contexts
        )

    def of(self, file: str, lines: range) -> list[str]:
        """Ids of tests that run one of these lines: first those of the module's own test file, then the most specific.

        The tests that run the fewest lines of the package are the most specific, and cheap.
        """
        recorded = self._data.contexts_by_lineno(str(self._tree / PACKAGE / file))
        tests = {_test_of(context) for line in lines for context in recorded.get(line, ())} - {""}
        own = f"/test_{Path(file).stem}"
        return sorted(tests, key=lambda test: (own not in test, self._size[test], test))[: sum(BATCHES)]


def _test_of(context: str) -> str:
    """``tests/test_periods.py::test_month|run`` without the phase."""
    return context.rpartition("|")[0]
