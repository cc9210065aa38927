"""Users' measurements, in the form that the trial API accepts."""

import math
import operator
from collections.abc import Mapping

from sherpa._error import SherpaError

_LARGEST = 2**63 - 1


def _shown(value) -> str:
    try:
        text = repr(value)
    except Exception:
        text = "one that cannot be shown"
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({type(value).__name__})"


def number(value, name: str):
    """A float, or the word that stands for one that JSON has not. Takes whatever is one number: NumPy's, Decimal, 0-d tensors."""
    try:
        # An array of one element is one number; NumPy is about to refuse it in float().
        one = value.item() if hasattr(value, "item") and not isinstance(value, float) else value
        if isinstance(one, (str, bytes, bytearray)):
            raise TypeError("float() would read it")
        x = float(one)
    except OverflowError:
        raise SherpaError(f"{name}: {_shown(value)} is beyond what a 64-bit float holds") from None
    except Exception:
        raise SherpaError(f"{name}: expected a number, not {_shown(value)}") from None
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "Infinity" if x > 0 else "-Infinity"
    return x


def iteration(value) -> int:
    """A whole number from 0; 3.0 is one."""
    expected = f"iteration: expected a whole number from 0, not {_shown(value)}"
    try:
        i = operator.index(value)
    except TypeError:
        x = number(value, "iteration")
        if isinstance(x, str) or x != int(x):
            raise SherpaError(expected) from None
        i = int(x)
    if i < 0:
        raise SherpaError(expected)
    if i > _LARGEST:
        raise SherpaError(f"iteration: {_shown(i)} is above {_LARGEST}")
    return i


def context(values) -> dict:
    if values is None:
        return {}
    if not isinstance(values, Mapping) and not hasattr(values, "items"):
        raise SherpaError(f"context: expected a dict of names and numbers, not {_shown(values)}")
    return {str(name): number(value, f"context: {str(name)!r}") for name, value in values.items()}
