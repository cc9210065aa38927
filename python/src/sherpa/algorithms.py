"""Algorithms, which choose configurations, and stopping rules, which end unpromising trials: names and options for the study
file. How they behave stands in the study's runtime: `sherpa algorithms NAME` shows the options it knows.
"""

from typing import Any, Dict, Optional, Sequence, Tuple, Union

from sherpa._error import SherpaError
from sherpa._parameters import Parameter


class _Specification:
    """A name with options. Those that have the value that stands here are left to the runtime."""

    def __init__(self, given: Dict[str, Any]) -> None:
        import inspect

        self.name = type(self).__name__
        signature = inspect.signature(type(self).__init__).parameters
        self.options = {
            key: value
            for key, value in given.items()
            if key in signature and key != "self" and value != signature[key].default
        }

    def to_dict(self) -> Dict[str, Any]:
        """As it stands in a study file."""
        return {"name": self.name, **{key: _plain(value) for key, value in self.options.items()}}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{key}={value!r}' for key, value in self.options.items())})"


def _plain(value: Any) -> Any:
    if isinstance(value, _Specification):
        return value.to_dict()
    if isinstance(value, Parameter):
        return value.to_dict()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


class Algorithm(_Specification):
    """A user's own: in C++, by subclassing sherpa::Algorithm."""

    def __init__(self, given: Optional[Dict[str, Any]] = None) -> None:
        known = type(self).__module__ == __name__ and type(self) is not Algorithm
        if not known:
            raise SherpaError(
                f"{type(self).__name__}: this package describes algorithms and does not run them; one of your own is a "
                "subclass of sherpa::Algorithm in C++"
            )
        super().__init__(given or {})


class RandomSearch(Algorithm):
    """Independent draws; `repeat` times each."""

    def __init__(self, max_num_trials: Optional[int] = None, repeat: int = 1) -> None:
        super().__init__(locals())


class GridSearch(Algorithm):
    """The cross product of all values; ranges are cut evenly on their scale."""

    def __init__(self, num_grid_points: int = 2) -> None:
        super().__init__(locals())


class Iterate(Algorithm):
    """These configurations, in order; the parameters may be left out then."""

    def __init__(self, hp_iter: Sequence[Dict[str, Any]]) -> None:
        super().__init__({})
        self.options["configurations"] = [dict(configuration) for configuration in hp_iter]

    def get_parameter(self) -> list:
        """The parameters that these configurations have."""
        values: Dict[str, list] = {}
        for configuration in self.options["configurations"]:
            for name, value in configuration.items():
                values.setdefault(name, [])
                if value not in values[name]:
                    values[name].append(value)
        return Parameter.grid(values)


class GPyOpt(Algorithm):
    """Bayesian optimisation: a model of all completed trials proposes the next ones."""

    def __init__(
        self,
        model_type: str = "GP",
        num_initial_data_points: Union[int, str] = "infer",
        initial_data_points: Sequence[Dict[str, Any]] = (),
        acquisition_type: str = "EI",
        max_concurrent: int = 4,
        verbosity: bool = False,
        max_num_trials: Optional[int] = None,
    ) -> None:
        initial_data_points = _records(initial_data_points)
        super().__init__(locals())


class SuccessiveHalving(Algorithm):
    """ASHA: many configurations with little training, the best of them with more."""

    def __init__(
        self,
        r: int = 1,
        R: int = 9,  # noqa: N803
        eta: int = 3,
        s: int = 0,
        max_finished_configs: int = 50,
        max_num_trials: Optional[int] = None,
    ) -> None:
        super().__init__(locals())


class PopulationBasedTraining(Algorithm):
    """Generations of a population; the worst are replaced by changed copies of the best."""

    def __init__(
        self,
        num_generations: int,
        population_size: int = 20,
        parameter_range: Dict[str, Sequence[Any]] = {},  # noqa: B006 - SHERPA's default
        perturbation_factors: Tuple[float, ...] = (0.8, 1.2),
        resample_probability: float = 0.25,
    ) -> None:
        super().__init__(locals())


class LocalSearch(Algorithm):
    """From a seed, one parameter changed at a time around the best so far."""

    def __init__(
        self,
        seed_configuration: Dict[str, Any],
        perturbation_factors: Tuple[float, ...] = (0.8, 1.2),
        repeat_trials: int = 1,
        max_num_trials: Optional[int] = None,
    ) -> None:
        super().__init__(locals())


class Genetic(Algorithm):
    """Each value from one of two parents of the best third, or drawn at random."""

    def __init__(self, mutation_rate: float = 0.1, max_num_trials: Optional[int] = None) -> None:
        super().__init__(locals())


class Repeat(Algorithm):
    """Each configuration of another algorithm several times."""

    def __init__(
        self, algorithm: Algorithm, num_times: int = 5, wait_for_completion: bool = False, agg: bool = False
    ) -> None:
        super().__init__(locals())


class Chain(Algorithm):
    """One algorithm after the other."""

    def __init__(self, algorithms: Sequence[Algorithm]) -> None:
        super().__init__(locals())


class StoppingRule(_Specification):
    """A user's own: in C++, by subclassing sherpa::StoppingRule."""

    def __init__(self, given: Optional[Dict[str, Any]] = None) -> None:
        if type(self).__module__ != __name__ or type(self) is StoppingRule:
            raise SherpaError(
                f"{type(self).__name__}: this package describes stopping rules and does not run them; one of your own is a "
                "subclass of sherpa::StoppingRule in C++"
            )
        super().__init__(given or {})


class MedianStoppingRule(StoppingRule):
    """Stops a trial whose best is worse than the median of the others' bests at the same iteration."""

    def __init__(self, min_iterations: int = 0, min_trials: int = 1) -> None:
        super().__init__(locals())


def _records(points: Any) -> Any:
    """A DataFrame of pandas, as SHERPA takes it, or a list of dicts."""
    if hasattr(points, "to_dict") and not isinstance(points, dict):
        points = points.to_dict("records")
    return [dict(point) for point in points] or ()


def specification(given: Any, kind: type, what: str) -> Dict[str, Any]:
    if not isinstance(given, kind):
        raise SherpaError(f"{what}: expected one of sherpa.algorithms, not {given!r}")
    return given.to_dict()
