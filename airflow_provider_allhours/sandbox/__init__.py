# SPDX-License-Identifier: Apache-2.0
"""A local All Hours for people who write DAGs without an account: real HTTP, OAuth2 and JSON, a seeded company.

It states the vendor's contract on the server's side in its own words and shares no code with the client: shared code
would share its mistakes.
"""
