"""The functions of this process, by the names they are called by."""
import inspect
import re

_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{0,63}(\.[A-Za-z_$][A-Za-z0-9_$]{0,63}){0,3}\Z")

functions = {}


class Function:
    """A function by the name it is called by, and its policy."""

    def __init__(self, call, name, timeout_ms, attempts):
        self.call = call
        self.name = name or call.__name__
        self.policy = {key: value for key, value in (("timeoutMs", timeout_ms), ("attempts", attempts)) if value is not None}

    def declaration(self):
        """What the worker tells the fleet."""
        return {"name": self.name, "input": False, **self.policy}


def function(call=None, *, name=None, timeout_ms=None, attempts=None):
    """@function, or @function(name="images.resize", timeout_ms=5000, attempts=3). The function itself stays as it is."""
    if call is None:
        return lambda decorated: function(decorated, name=name, timeout_ms=timeout_ms, attempts=attempts)
    entry = Function(call, name, timeout_ms, attempts)
    _check(entry)
    functions[entry.name] = entry
    return call


def _check(entry):
    if not _NAME.match(entry.name):
        raise ValueError(f"{entry.name!r} is no name for a function: it holds letters, digits, _ and $, and dots between words")
    if entry.name in functions:
        raise ValueError(f"two functions have the name {entry.name}")
    if inspect.iscoroutinefunction(entry.call):
        raise TypeError(f"{entry.name} is a coroutine function; here functions are called, not awaited: use asyncio.run inside")
    if any(not isinstance(value, int) or value < 1 for value in entry.policy.values()):
        raise ValueError(f"timeout_ms and attempts of {entry.name} must be whole numbers of 1 or more")
