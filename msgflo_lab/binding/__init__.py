"""Bindings: which queue feeds which, planned from graph and roster, and the routes that follow."""

from .model import Binding
from .plan import Diff, Planner, QueuesOf, diff, plan
from .routes import Route, Routes

__all__ = ["Binding", "Diff", "Planner", "QueuesOf", "Route", "Routes", "diff", "plan"]
