# SPDX-License-Identifier: Apache-2.0
"""Triggers: they poll from the triggerer and never write."""
