"""The item that runs now, as its function sees it."""
import os
from collections import namedtuple

Task = namedtuple("Task", "id index attempt process")
Process = namedtuple("Process", "name pid")

_current = None


def current_task():
    """Its job's id, its index, its attempt (1 at first), and the process by name and pid."""
    if _current is None:
        raise RuntimeError("current_task() works only inside a function while a worker runs it")
    return _current


def begin(header, index, name):
    global _current
    _current = Task(header["job"], index, header["at"]["attempt"], Process(name, os.getpid()))


def end():
    global _current
    _current = None
