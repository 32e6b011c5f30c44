# SPDX-License-Identifier: Apache-2.0
"""Absences: comparing records, planning writes from a source of leave, and the ledger of what was written."""
