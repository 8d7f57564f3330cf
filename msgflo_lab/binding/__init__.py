"""Bindings: which queue feeds which, planned from graph and roster, and the routes that follow."""

from .model import Binding, Kind
from .plan import Diff, Planner, QueuesOf, diff, plan
from .routes import Route, Routes

__all__ = ["Binding", "Diff", "Kind", "Planner", "QueuesOf", "Route", "Routes", "diff", "plan"]
