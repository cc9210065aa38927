"""The package installs with Debian's tools and without a network."""

import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def source(tmp_path):
    """A copy, so that nothing is built in the repository."""
    return shutil.copytree(
        ROOT / "python", tmp_path / "python", ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__")
    )


def need(*modules):
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"this Python has no {', '.join(missing)}; on Debian: python3-{' python3-'.join(missing)}")


def test_it_installs_offline_into_a_virtual_environment(source, tmp_path):
    need("ensurepip", "pip", "setuptools", "wheel", "venv")
    run(sys.executable, "-m", "venv", "--system-site-packages", "--without-pip", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python3"
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    run(python, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-index", source, env=env, cwd=tmp_path)
    said = run(python, "-c", "import sherpa; print(sherpa.__version__, sherpa.__file__)", env=env, cwd=tmp_path).split()
    assert said[0] == __import__("sherpa").__version__
    assert said[1].startswith(str(tmp_path / "venv"))


def test_the_wheel_holds_the_package_and_nothing_else(source, tmp_path):
    need("pip", "setuptools", "wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-build-isolation", "--no-index", "--no-deps", "-w", tmp_path, source, cwd=tmp_path)
    (wheel,) = tmp_path.glob("sherpa-*-py3-none-any.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == {f"sherpa/{file.name}" for file in (ROOT / "python" / "src" / "sherpa").iterdir() if file.is_file()}


def test_it_needs_no_installation(tmp_path):
    env = {**os.environ, "PYTHONPATH": str(ROOT / "python" / "src")}
    run(sys.executable, "-W", "error", "-S", "-c", "import sherpa; sherpa.Client(test_mode=True).get_trial()", env=env, cwd=tmp_path)


def test_importing_it_is_cheap(tmp_path):
    """Nothing but the standard library, and none of its large parts."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "python" / "src")}
    code = "import sys, sherpa; print(*sorted(name.split('.')[0] for name in sys.modules))"
    loaded = set(run(sys.executable, "-S", "-c", code, env=env, cwd=tmp_path).split())
    assert loaded <= set(sys.stdlib_module_names) | {"sherpa", "__main__"}
    assert not loaded & {"asyncio", "multiprocessing", "urllib.request", "unittest", "numpy"}
