# SPDX-License-Identifier: Apache-2.0
"""Records as All Hours spells them: PascalCase, GUIDs, time stamps without a zone and up to seven digits."""
