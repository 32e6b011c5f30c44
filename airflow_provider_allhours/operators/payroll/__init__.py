# SPDX-License-Identifier: Apache-2.0
"""Close a pay period, write the payroll file, reconcile the register."""

from airflow_provider_allhours.operators.payroll.close import AllHoursClosePeriodOperator
from airflow_provider_allhours.operators.payroll.export import AllHoursExportPayrollOperator
from airflow_provider_allhours.operators.payroll.reconcile import AllHoursReconcilePayrollOperator

__all__ = ["AllHoursClosePeriodOperator", "AllHoursExportPayrollOperator", "AllHoursReconcilePayrollOperator"]
