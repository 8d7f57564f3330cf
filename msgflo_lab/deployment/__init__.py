"""A network as files that run without a notebook. Pure.

model       what is to run: programs, how many, what they need
scale       how many workers, as a node of the graph says it
resources   how much memory, as a node says it
labels      names that all take, of names that may be anything
written     all files of a deployment; or by themselves:
  compose, brokers, image    one machine with containers, and a broker beside them
  kubernetes, keda           a cluster; so many workers as there is work
  systemd                    one machine without containers
  settings                   what somebody has to set
procfile    for Heroku, foreman and their like
yaml        how all of them write YAML
"""

from .model import ALIVE, READY, Broker, Deployment, Secret, Service
from .procfile import processes, procfile
from .resources import Resources, resources_of
from .scale import Scale, scale_of
from .written import written

__all__ = [
    "ALIVE",
    "READY",
    "Broker",
    "Deployment",
    "Resources",
    "Scale",
    "Secret",
    "Service",
    "processes",
    "procfile",
    "resources_of",
    "scale_of",
    "written",
]
