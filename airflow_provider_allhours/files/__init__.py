# SPDX-License-Identifier: Apache-2.0
"""Files: rows to CSV, JSONL or Parquet, published whole or not at all."""
