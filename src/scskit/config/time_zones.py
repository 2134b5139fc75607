"""Time zones, by the names that the ``tzdata`` package has for them."""

from __future__ import annotations

from scskit.config.readers import choose
from scskit.core.zones import zone_names

time_zone = choose(lambda _: zone_names(), globs=False)
