"""What functions are written with: `from manyhands import function, current_task`."""
from .registry import function
from .task import current_task

__all__ = ["current_task", "function"]
