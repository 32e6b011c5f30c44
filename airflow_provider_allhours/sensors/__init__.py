# SPDX-License-Identifier: Apache-2.0
"""Sensors: they wait for people, and occupy no worker slot when rescheduled or deferred."""
