# SPDX-License-Identifier: Apache-2.0
"""Payroll: closing a period, pay lines, layouts, reconciliation."""
