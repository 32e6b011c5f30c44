# SPDX-License-Identifier: Apache-2.0
"""Payroll layouts, one module per product."""
