# SPDX-License-Identifier: Apache-2.0
"""A local All Hours for people who write DAGs without an account: real HTTP, OAuth2 and JSON, a seeded company.

It implements the vendor's contract on the server's side and shares no code with the client, so that a mistake in one
does not hide in the other.
"""
