"""The functions of this process, by the names they are called by."""
import inspect
import re

_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{0,63}(\.[A-Za-z_$][A-Za-z0-9_$]{0,63}){0,3}\Z")

functions = {}


class Function:
    """A function by the name it is called by, and its policy, in the words of the protocol."""

    def __init__(self, call, name, policy):
        self.call = call
        self.name = name or call.__name__
        self.policy = {key: value for key, value in policy.items() if value is not None}

    def declaration(self):
        """What the worker tells the fleet."""
        return {"name": self.name, "input": False, **self.policy}


def function(call=None, *, name=None, timeout_ms=None, attempts=None, backoff=None, retry_on=None, no_retry_on=None):
    """@function, or @function(name="images.resize", timeout_ms=5000, attempts=3, retry_on=[ConnectionError]).

    `backoff` is as in a submit: {"type": "fixed", "delayMs": 100}. Callers may say otherwise. The function itself stays as it is.
    """
    policy = {"timeoutMs": timeout_ms, "attempts": attempts, "backoff": backoff}
    policy.update(retryOn=_error_names(retry_on), noRetryOn=_error_names(no_retry_on))

    def register(decorated):
        entry = Function(decorated, name, policy)
        _check(entry)
        functions[entry.name] = entry
        return decorated

    return register if call is None else register(call)


def _error_names(errors):
    return errors and [error if isinstance(error, str) else error.__name__ for error in errors]


def _check(entry):
    if not _NAME.match(entry.name):
        raise ValueError(f"{entry.name!r} is no name for a function: it holds letters, digits, _ and $, and dots between words")
    if entry.name in functions:
        raise ValueError(f"two functions have the name {entry.name}")
    if inspect.iscoroutinefunction(entry.call):
        raise TypeError(f"{entry.name} is a coroutine function; here functions are called, not awaited: use asyncio.run inside")
    for key in ("timeoutMs", "attempts"):
        value = entry.policy.get(key, 1)
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"the {key} of {entry.name} is {value!r}; it must be a whole number of 1 or more")
