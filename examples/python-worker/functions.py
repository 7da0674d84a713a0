"""Functions that callers name. Each runs in a process of its own, so it may compute, wait, raise, exit or crash."""
import os
import re
import signal
from collections import Counter

from manyhands import function


@function
def square(x):
    return x * x


@function
def reciprocal(x):
    return 1 / x


@function(timeout_ms=60_000)
def count_primes(below):
    """Primes below a number: the sieve of Eratosthenes."""
    sieve = bytearray([1]) * max(below, 2)
    sieve[:2] = b"\0\0"
    for n in range(2, int(len(sieve) ** 0.5) + 1):
        if sieve[n]:
            sieve[n * n :: n] = bytes(len(range(n * n, len(sieve), n)))
    return sum(sieve[:below])


@function
def word_statistics(text, most=3):
    """How many words a text has, how many different ones, and the commonest."""
    words = Counter(re.findall(r"\w+", text.lower()))
    common = sorted(words.items(), key=lambda entry: (-entry[1], entry[0]))
    print(f"counted {sum(words.values())} words")
    return {"words": sum(words.values()), "different": len(words), "common": common[:most]}


@function
def crash(x):
    """Kills its own process when it is told to: that item fails, and no other."""
    if x < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return x
