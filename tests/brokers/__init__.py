"""Real brokers for the tests, on free ports, that can be killed; and certificates for them."""

from __future__ import annotations

from .certificates import Certificates
from .common import DEADLINE, free_port, need
from .mosquitto import Mosquitto
from .rabbitmq import Cluster, RabbitMQ

__all__ = ["DEADLINE", "Certificates", "Cluster", "Mosquitto", "RabbitMQ", "free_port", "need"]
