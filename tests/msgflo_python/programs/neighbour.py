"""Beside a program: uses gevent, and does not import msgflo."""

import gevent


def later(function, *arguments):
    gevent.spawn_later(0.01, function, *arguments)
