"""Every bound of the library, in one place."""

from __future__ import annotations

SOURCE_MOST = 1_000_000
"""Bytes of a file with a component's source. Larger files are no components, and reported."""
FILES_MOST = 10_000
"""Files of one directory that are looked at. Further ones are not, and that is reported."""
DISCOVERED_MOST = 1_000
"""Components that are known from announcements alone. The oldest goes first."""
CONFIG_MOST = 4_000_000
"""Bytes of a file with a configuration."""
VALUE_MOST = 100_000
"""Characters of a variable, with all that it says of others."""
