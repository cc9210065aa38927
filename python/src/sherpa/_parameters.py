"""What a study searches over, in SHERPA's words."""

import math
import random as _random
from typing import Any, Dict, List, Optional, Sequence

from sherpa._error import SherpaError


class Parameter:
    """A named hyperparameter; made as Continuous, Discrete, Ordinal or Choice, or from data."""

    type = ""
    scale = "linear"

    def __init__(self, name: str, range: Sequence[Any]) -> None:  # noqa: A002 - SHERPA's name
        if not isinstance(name, str) or not name:
            raise SherpaError(f"a parameter's name is a text, not {name!r}")
        if isinstance(range, (str, bytes)) or not hasattr(range, "__iter__"):
            raise SherpaError(f"parameter {name!r}: its range is a list, not {range!r}")
        self.name = name
        self.range = list(range)

    @staticmethod
    def from_dict(config: Dict[str, Any]) -> "Parameter":
        """{"name": "lr", "type": "continuous", "range": [1e-4, 1e-1], "scale": "log"}"""
        known = {"name", "type", "range", "scale"}
        unknown = sorted(map(str, set(config) - known))
        if unknown:
            raise SherpaError(f"a parameter has name, type, range and scale, and no {unknown[0]!r}")
        for entry in ("name", "type", "range"):
            if entry not in config:
                raise SherpaError(f"parameter {config.get('name', '')!r}: it needs a {entry!r}")
        kinds = {kind.type: kind for kind in (Continuous, Discrete, Ordinal, Choice)}
        kind = kinds.get(config["type"])
        if kind is None:
            raise SherpaError(f"parameter {config['name']!r}: its type is one of {', '.join(kinds)}, not {config['type']!r}")
        options = {key: config[key] for key in ("name", "range", "scale") if key in config}
        if "scale" in options and not issubclass(kind, _Interval):
            raise SherpaError(f"parameter {config['name']!r}: only continuous and discrete parameters have a scale")
        return kind(**options)

    @staticmethod
    def grid(parameter_grid: Dict[str, Sequence[Any]]) -> List["Parameter"]:
        """A Choice for each name: {"act": ["relu", "tanh"], …}"""
        return [Choice(name, values) for name, values in parameter_grid.items()]

    def to_dict(self) -> Dict[str, Any]:
        """As it stands in a study file."""
        return {"name": self.name, "type": self.type, "range": self.range}

    def sample(self) -> Any:
        """One value at random."""
        return _random.choice(self.range)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parameter) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        scale = f", scale={self.scale!r}" if self.scale != "linear" else ""
        return f"{type(self).__name__}(name={self.name!r}, range={self.range!r}{scale})"


class _Interval(Parameter):
    def __init__(self, name: str, range: Sequence[Any], scale: str = "linear") -> None:  # noqa: A002
        super().__init__(name, range)
        if len(self.range) != 2:
            raise SherpaError(f"parameter {name!r}: its range needs two bounds, low and high, and has {len(self.range)}")
        if scale not in ("linear", "log"):
            raise SherpaError(f"parameter {name!r}: its scale is linear or log, not {scale!r}")
        if scale == "log" and min(self.range) <= 0:
            raise SherpaError(f"parameter {name!r}: a log scale needs positive bounds, and one is {min(self.range)}")
        self.scale = scale

    def to_dict(self) -> Dict[str, Any]:
        return {**super().to_dict(), "scale": self.scale}

    def _sample(self, low: float, high: float) -> float:
        if self.scale == "log":
            return math.exp(_random.uniform(math.log(low), math.log(high)))
        return _random.uniform(low, high)


class Continuous(_Interval):
    """Any number between two bounds."""

    type = "continuous"

    def sample(self) -> float:
        low, high = min(self.range), max(self.range)
        return min(high, max(low, self._sample(low, high)))


class Discrete(_Interval):
    """Any integer between two bounds, both included."""

    type = "discrete"

    def sample(self) -> int:
        low, high = min(self.range), max(self.range)
        return min(high, max(low, round(self._sample(low - 0.5, high + 0.5))))


class Ordinal(Parameter):
    """One of several values that have an order."""

    type = "ordinal"


class Choice(Parameter):
    """One of several values."""

    type = "choice"


def as_dicts(parameters: Optional[Sequence[Any]]) -> List[Dict[str, Any]]:
    if parameters is None or isinstance(parameters, (str, bytes, Parameter)):
        raise SherpaError(f"parameters: expected a list of parameters, not {parameters!r}")
    out = []
    for parameter in parameters:
        if not isinstance(parameter, Parameter):
            raise SherpaError(f"parameters: expected sherpa.Continuous, Discrete, Ordinal or Choice, not {parameter!r}")
        out.append(parameter.to_dict())
    return out
