# SPDX-License-Identifier: Apache-2.0
"""The datasets of an account: what is read for each, and how it becomes rows."""
