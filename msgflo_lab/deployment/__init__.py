"""A network as files that run without a notebook. Pure.

procfile    for Heroku, foreman and their like
"""

from .procfile import procfile

__all__ = ["procfile"]
