# SPDX-License-Identifier: Apache-2.0
"""From frozen days to pay lines: amounts, mapping, rounding, layouts."""
