# SPDX-License-Identifier: Apache-2.0
"""Sensors: wait for people, free the slot while waiting."""
