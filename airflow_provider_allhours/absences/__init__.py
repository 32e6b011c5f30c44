# SPDX-License-Identifier: Apache-2.0
"""Absences: who is away, when, decided or not."""
