"""Values as JSON text, on both wires of docs/wire.md: `plain` is JSON as it is, `tagged` has tags for what JSON cannot hold."""
import base64
import binascii
import json
import math
import re
from datetime import datetime, timezone
from decimal import Decimal

DEPTH = 64
SAFE = 2**53


class WireError(ValueError):
    """A value or a text that may not travel. `code` is a row of docs/errors.md; `path` is the place, a JSON pointer."""

    def __init__(self, code, message, path=""):
        super().__init__(message)
        self.code = code
        self.path = path


# --- writing ---


def encode(value, wire):
    """One line of JSON, as bytes. Raises WireError."""
    text = json.dumps(_lower(value, wire, "", DEPTH), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # a lone surrogate has no UTF-8; its escape, which is what backslashreplace writes, is JSON's own
    return text.encode("utf-8", "backslashreplace")


def _lower(value, wire, path, room):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return _lower_int(int(value), wire, path)
    if isinstance(value, float):
        return _lower_float(value, wire, path)
    if isinstance(value, (list, tuple, dict)):
        return _lower_container(value, wire, path, room)
    if isinstance(value, (bytes, bytearray)):
        return _tag("$bytes", base64.b64encode(value).decode(), value, wire, path)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return _tag("$date", value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z"), value, wire, path)
    _refuse(_describe(value), path)


def _lower_int(value, wire, path):
    if abs(value) < SAFE or (wire == "plain" and _is_exact(value)):
        return value
    return _tag("$bigint", str(value), value, wire, path)


def _lower_float(value, wire, path):
    if not math.isfinite(value):
        name = "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        return _tag("$number", name, value, wire, path)
    if value == 0 and math.copysign(1, value) < 0:
        return {"$number": "-0"} if wire == "tagged" else 0
    return value


def _lower_container(value, wire, path, room):
    if room == 0:
        _refuse(f"is nested deeper than {DEPTH} levels, or contains itself", path)
    if isinstance(value, dict):
        return {_key(key, wire, path): _lower(each, wire, f"{path}/{_step(key)}", room - 1) for key, each in value.items()}
    return [_lower(each, wire, f"{path}/{index}", room - 1) for index, each in enumerate(value)]


def _key(key, wire, path):
    if not isinstance(key, str):
        _refuse(f"has a key that is no string: {key!r}", path)
    if key == "__proto__":
        _refuse("has a key that is not allowed", f"{path}/{key}")
    return "$" + key if wire == "tagged" and key.startswith("$") else key


def _tag(name, content, value, wire, path):
    if wire == "plain":
        _refuse(_describe(value), path)
    return {name: content}


def _refuse(what, path):
    place = f" at {path}" if path else ""
    raise WireError("result-not-serializable", f"The value{place} {what}", path)


def _describe(value):
    if isinstance(value, float):
        return f"is {value}, which JSON cannot hold"
    if isinstance(value, int):
        return "is an integer beyond 2^53 that plain JSON cannot hold exactly"
    if isinstance(value, datetime) and value.tzinfo is None:
        return "is a datetime without a time zone: no point in time"
    return f"is an instance of {type(value).__name__}, which JSON cannot hold"


def _step(key):
    return str(key).replace("~", "~0").replace("/", "~1")


# --- reading ---


def decode(line, wire):
    """The value of a line of JSON, given as bytes; as strict as every other reader of the product. Raises WireError."""
    try:
        text = line.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_pairs_of(wire), parse_int=_integer, parse_float=_float, parse_constant=_no_constant)
    except WireError:
        raise
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise WireError("invalid-json", str(error)) from None
    # a look at the text spares most values the walk
    if text.count("[") + text.count("{") > DEPTH and _depth(value) > DEPTH:
        raise _too_deep()
    return value


def _pairs_of(wire):
    return _tagged_object if wire == "tagged" else _plain_object


def _plain_object(pairs):
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise WireError("invalid-json", "An object has the same key twice")
    constructor = fields.get("constructor")
    if "__proto__" in fields or (isinstance(constructor, dict) and "prototype" in constructor):
        raise WireError("invalid-json", "An object has a key that is not allowed")
    return fields


def _tagged_object(pairs):
    if len(pairs) == 1 and _is_tag(pairs[0][0]):
        return _read_tag(*pairs[0])
    for key, _ in pairs:
        if _is_tag(key):
            raise WireError("invalid-json", f"The key {key} is no tag, since it does not stand alone; write it with $$")
    return _plain_object([(key[1:] if key.startswith("$") else key, value) for key, value in pairs])


def _is_tag(key):
    return key.startswith("$") and not key.startswith("$$")


_NUMBERS = {"-0": -0.0, "NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def _read_tag(tag, content):
    try:
        return _READERS[tag](content)
    except KeyError:
        raise WireError("invalid-json", f"The tag {tag} or its content is not known here") from None
    except (ValueError, TypeError, AttributeError, binascii.Error):
        raise WireError("invalid-json", f"The content of the tag {tag} is malformed, or nothing that Python can hold") from None


def _bigint(digits):
    if not re.fullmatch(r"-?[0-9]+", digits):
        raise ValueError
    return int(digits)


def _date(text):
    # Python 3.9 reads neither Z nor fractions of another length
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)", text)
    seconds, fraction, zone = match.groups()
    return datetime.fromisoformat(seconds + (fraction or ".0")[:7].ljust(7, "0") + ("+00:00" if zone == "Z" else zone))


_READERS = {
    "$bigint": _bigint,
    "$number": lambda name: _NUMBERS[name],
    "$date": _date,
    "$bytes": lambda text: base64.b64decode(text, validate=True),
}


def _integer(digits):
    value = int(digits)
    if not _is_exact(value):
        raise WireError("number-not-representable", f"The integer {digits[:40]} cannot be held exactly")
    return value


def _is_exact(value):
    """Whether a double gives the integer back, by its value or by its digits."""
    if abs(value) < SAFE:
        return True
    try:
        double = float(value)
    except OverflowError:
        return False
    return int(double) == value or int(Decimal(repr(double))) == value


def _float(text):
    value = float(text)
    if math.isinf(value):
        raise WireError("number-not-representable", f"The number {text[:40]} is too large")
    return value


def _no_constant(name):
    raise WireError("invalid-json", f"{name} is no JSON")


def _depth(value):
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


def _too_deep():
    return WireError("too-deep", f"The JSON is nested deeper than {DEPTH} levels")
