"""The embedded broker, and the wire codecs it shares with the transports. Stands alone."""
