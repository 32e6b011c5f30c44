# SPDX-License-Identifier: Apache-2.0
"""Timesheets: one employee, one day, minutes."""
