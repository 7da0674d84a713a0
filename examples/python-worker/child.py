"""A child process of a worker, in Python: the whole of docs/child-protocol.md.

    manyhands worker --exec "python3 child.py"

The functions are those of functions.py beside this file, or of the file that MANYHANDS_FUNCTIONS names.
"""
import os

from manyhands.child import Child

Child(os.path.join(os.path.dirname(os.path.abspath(__file__)), "functions.py")).serve()
