# SPDX-License-Identifier: Apache-2.0
"""Layouts of payroll files, one module per payroll product."""
