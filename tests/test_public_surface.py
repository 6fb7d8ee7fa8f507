"""What ``import crackwise`` offers, and what it costs."""

import inspect
import re
import subprocess
import sys

import pytest

import crackwise
from crackwise import errors

HEAVY = ("torch", "openvino", "onnx", "scipy", "skimage", "cv2", "numpy")

IMPORTED = f"""
import contextlib, sys
with contextlib.suppress(SystemExit):
    sys.argv = ["crackwise", *sys.argv[1:]]
    {{}}
print("imported:", *[name for name in {HEAVY} if name in sys.modules])
"""


def imported_by(code: str, *arguments: str) -> list[str]:
    """Name the heavy libraries that a fresh Python has loaded after the code."""
    command = [sys.executable, "-c", IMPORTED.format(code), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8")
    last = done.stdout.splitlines()[-1]
    assert last.startswith("imported:")
    return last.split()[1:]


def is_error(value: object) -> bool:
    return inspect.isclass(value) and issubclass(value, Exception)


def test_the_public_names_are_these_and_no_others():
    functions_and_types = {
        "find_card",
        "inspect",
        "measure",
        "profile_width",
        "ProfileWidth",
        "load_model",
        "CrackModel",
        "Inspection",
        "Scale",
        "Settings",
        "__version__",
    }
    user_errors = {name for name, value in vars(errors).items() if is_error(value)}
    assert set(crackwise.__all__) == functions_and_types | user_errors
    assert len(crackwise.__all__) == len(set(crackwise.__all__))


@pytest.mark.parametrize("name", crackwise.__all__)
def test_every_public_name_is_there_and_documented(name):
    assert name in dir(crackwise)
    assert getattr(crackwise, name).__doc__


def test_every_user_error_is_a_crackwise_error():
    for name in crackwise.__all__:
        value = getattr(crackwise, name)
        if is_error(value):
            assert issubclass(value, crackwise.CrackwiseError)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'inspct'"):
        crackwise.inspct  # noqa: B018


def test_importing_the_package_loads_no_heavy_library():
    assert imported_by("import crackwise") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["inspect", "--help"],
        ["measure", "--help"],
        ["train", "--help"],
        ["recipes"],
    ],
)
def test_help_loads_no_heavy_library(arguments):
    assert imported_by("from crackwise.cli.app import main; main()", *arguments) == []


def test_inspection_loads_no_torch():
    assert "torch" not in imported_by("import crackwise.inspection.batch, crackwise.report.run")


def test_the_tree_of_errors_names_them_all():
    own = {name for name, value in vars(errors).items() if is_error(value)}
    assert set(re.findall(r"\w+Error", errors.__doc__ or "")) == own
