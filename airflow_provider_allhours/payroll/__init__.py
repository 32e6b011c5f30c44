# SPDX-License-Identifier: Apache-2.0
"""Payroll: amounts of a frozen period, pay lines, rounding, release rules and file layouts."""
