# SPDX-License-Identifier: Apache-2.0
"""Close a pay period, write and release the payroll file, and what becomes of a release."""

from airflow_provider_allhours.operators.payroll.adopt import AllHoursAdoptPeriodOperator
from airflow_provider_allhours.operators.payroll.close import AllHoursClosePeriodOperator
from airflow_provider_allhours.operators.payroll.export import AllHoursExportPayrollOperator
from airflow_provider_allhours.operators.payroll.purge import AllHoursPurgePeriodsOperator
from airflow_provider_allhours.operators.payroll.reconcile import AllHoursReconcilePayrollOperator
from airflow_provider_allhours.operators.payroll.report import AllHoursPayrollReportOperator
from airflow_provider_allhours.operators.payroll.void import AllHoursVoidReleaseOperator

__all__ = [
    "AllHoursAdoptPeriodOperator",
    "AllHoursClosePeriodOperator",
    "AllHoursExportPayrollOperator",
    "AllHoursPayrollReportOperator",
    "AllHoursPurgePeriodsOperator",
    "AllHoursReconcilePayrollOperator",
    "AllHoursVoidReleaseOperator",
]
