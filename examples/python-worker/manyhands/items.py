"""One item: its call, and what becomes of it, a result or an error, as a line of JSON."""
import json
import traceback

from . import registry, wire

MOST_MESSAGE, MOST_STACK, MOST_FIELDS = 8 << 10, 4 << 10, 4 << 10
KNOWN = {"name", "code", "message", "stack", "at"}
NAMES = {
    "invalid-json": "SyntaxError",
    "too-deep": "RangeError",
    "number-not-representable": "RangeError",
    "invalid-input": "InvalidInputError",
    "function-not-loaded": "FunctionNotLoadedError",
    "result-too-large": "ResultTooLargeError",
    "result-not-serializable": "MaybeEncodingError",
}


class Refused(Exception):
    """An item fails for a reason that is the protocol's, not the function's."""

    def __init__(self, code, message, **fields):
        super().__init__(message)
        self.code = code
        self.fields = fields


class Run:
    """The items of one `run` message."""

    def __init__(self, header, body):
        self.header = header
        self.lines = body.split(b"\n")[:-1]
        self.indexes = [index for start, end in header["runs"] for index in range(start, end)]
        self.entry = registry.functions.get(header["function"])
        self.stopped = self.failed = False

    def result(self, index, line, most_bytes, wanted=True):
        """The result of one item, a line of JSON. Raises Refused, or whatever the function raises."""
        if self.entry is None:
            name = self.header["function"]
            raise Refused("function-not-loaded", f"This worker has no function {name}: all workers of a group have to serve the same")
        value = self.entry.call(*self.arguments(index, line))
        if not wanted:
            return b"null"
        try:
            text = wire.encode(value, self.header["wire"])
        except wire.WireError as error:
            raise Refused(error.code, str(error).replace("The value", "The result", 1), path=error.path) from None
        if len(text) > most_bytes:
            message = f"The result has {len(text)} bytes; the limit is {most_bytes}"
            raise Refused("result-too-large", message, bytes=len(text), limit=most_bytes)
        return text

    def arguments(self, index, line):
        item = self.read(line, line=index + 1)
        if self.header["mode"] == "map":
            return [item, *self.read(self.header.get("constants", "[]").encode())]
        if isinstance(item, list):
            return item
        raise Refused("invalid-input", "The input does not fit: must be the array of arguments", issues=[])

    def read(self, text, **place):
        try:
            return wire.decode(text, self.header["wire"])
        except wire.WireError as error:
            raise Refused(error.code, str(error), **place) from None


def failure(error, at, wire_name):
    """An error as JSON: the protocol's own, or what a function raised, by the name of its class."""
    if isinstance(error, Refused):
        known = {"name": NAMES[error.code], "code": error.code, "message": str(error), "at": at}
        return json.dumps({**known, **error.fields}).encode()
    return thrown(error, "function-error", at, wire_name)


def thrown(error, code, at, wire_name):
    # the first frame is this file's
    frames = traceback.format_exception(type(error), error, error.__traceback__ and error.__traceback__.tb_next)
    known = {"name": type(error).__name__, "code": code, "message": message_of(error)[:MOST_MESSAGE], **({"at": at} if at else {})}
    # Python's stacks end with what matters
    known["stack"] = "".join(frames)[-MOST_STACK:]
    return json.dumps(known).encode()[:-1] + b"".join(own_fields(error, wire_name)) + b"}"


def own_fields(error, wire_name):
    """Its args, where they say more than the message, and its attributes; what cannot travel is left out."""
    args = {} if list(error.args) in ([], [message_of(error)]) else {"args": list(error.args)}
    room = MOST_FIELDS
    for key, value in {**args, **vars(error)}.items():
        name = "errorCode" if key == "code" else key
        try:
            # as an object of one key, so that the wire escapes the key as well
            pair = b"," + wire.encode({name: value}, wire_name)[1:-1]
        except wire.WireError:
            continue
        if name in KNOWN or name.startswith("_") or len(pair) > room:
            continue
        room -= len(pair)
        yield pair


def message_of(error):
    try:
        return str(error)
    except Exception:
        return "an error that cannot be read"
