# SPDX-License-Identifier: Apache-2.0
"""What each route of the API does: a call in, an answer out; one module per noun."""
