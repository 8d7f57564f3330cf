"""Suites of tests (`msgflo_lab.fbpspec`), run on a runtime over the FBP network protocol.

client      a connection to a runtime
runner      a fixture set up there, and the cases of a suite run on it
recorder    what flows meanwhile, as a flowtrace
places      where the runtime is: in this process, at an address, or a command that starts it
inprocess   files of Python as components of this process
files       suites in files
bench       all of that together, for callers that are not asynchronous
"""

from .bench import Bench
from .files import suites_in
from .places import Place

__all__ = ["Bench", "Place", "suites_in"]
