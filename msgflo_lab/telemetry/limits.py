"""Every bound of the telemetry, in one place."""

from __future__ import annotations

PORT = 9464
"""Where metrics are served unless somebody says so: as OpenTelemetry's exporter does."""
COLLECTING = 0.1
"""Part of the time that serving figures may take, on the loop or at the broker."""
FRESH = 1.0
"""Seconds that figures hold for an exporter that asks for each metric alone."""
ASK_PATIENCE = 2.0
"""Seconds that figures wait for the broker's; then the last known ones do."""
EVENTS = 10_000
"""Job events that wait to be written; further ones are lost, and counted."""
EVENTS_AT_ONCE = 1_000
"""Job events that are written together."""
LEAVE = 2.0
"""Seconds that the last events have to be written."""
COLLECT = 5.0
"""Seconds that an exporter of another thread waits for figures."""
REPEAT = 3600.0
"""Seconds in which OpenTelemetry's exporters say only once that they reach nobody."""
