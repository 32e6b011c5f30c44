# SPDX-License-Identifier: Apache-2.0
"""Write rows as CSV, JSON Lines or Parquet and publish files whole or not at all."""
