"""Where the trials of a study run: names and options for the study file."""

import os
import shlex
from typing import Any, Dict, Optional, Sequence, Union

from sherpa._error import SherpaError


class Scheduler:
    """A user's own: in C++, by subclassing sherpa::Scheduler."""

    def __init__(self, **options: Any) -> None:
        if type(self).__module__ != __name__ or type(self) is Scheduler:
            raise SherpaError(
                f"{type(self).__name__}: this package describes schedulers and does not run them; one of your own is a "
                "subclass of sherpa::Scheduler in C++"
            )
        self.name = type(self).__name__
        self.options = {key: value for key, value in options.items() if value}

    def to_dict(self) -> Dict[str, Any]:
        """As it stands in a study file."""
        return {"name": self.name, **self.options}

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'{key}={value!r}' for key, value in self.options.items())})"


def _text(submit_options: Union[str, Sequence[str]]) -> str:
    return submit_options if isinstance(submit_options, str) else shlex.join(submit_options)


class LocalScheduler(Scheduler):
    """This machine. `submit_options` are put before the command; each trial is lent one of the resources.

    output_dir is accepted as in SHERPA; the output of trials goes to `jobs/` in the study's own directory.
    """

    def __init__(
        self, submit_options: Union[str, Sequence[str]] = "", output_dir: str = "", resources: Optional[Sequence[Any]] = None
    ) -> None:
        super().__init__(submit_options=_text(submit_options), resources=[str(one) for one in resources or ()])


class _BatchSystem(Scheduler):
    def __init__(self, submit_options: Union[str, Sequence[str]] = "", environment: str = "", output_dir: str = "") -> None:
        super().__init__(submit_options=_text(submit_options), environment=os.fspath(environment))


class SLURMScheduler(_BatchSystem):
    """Slurm; `environment` is a file to source before the command."""


class SGEScheduler(_BatchSystem):
    """Grid Engine; `environment` is a file to source before the command."""
