"""How messages move: in this process (direct) and over MQTT."""
