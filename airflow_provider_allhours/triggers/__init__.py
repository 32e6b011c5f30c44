# SPDX-License-Identifier: Apache-2.0
"""Triggers: look from the triggerer, never write."""
