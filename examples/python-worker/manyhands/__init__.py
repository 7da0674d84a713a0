"""What functions are written with: `from manyhands import function`."""
from .registry import function

__all__ = ["function"]
