# SPDX-License-Identifier: Apache-2.0
"""From an account's OpenAPI document to a contract that fits it: no HTTP, no files."""
