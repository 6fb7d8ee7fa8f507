"""``--code``, ``--exposure``, ``--prices``, ``--axis`` of ``crackwise inspect``; and ``crackwise codes``."""

import pytest
from typer.testing import CliRunner

from crackwise.cli.app import app
from crackwise.errors import SettingsError
from crackwise.report.run import read_records
from photofiles import drawn_photo, save
from tinymodel import write_tiny_model

RUNNER = CliRunner()
PRICES = 'currency = "EUR"\n[[classes]]\nname = "seal"\nfrom_mm = 0\nprice_per_m = 10\n'


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"))


@pytest.fixture
def inspect(tmp_path, model):
    """Inspect one drawn photo into tmp_path/out."""
    save(tmp_path / "photos/1.png", drawn_photo(160, 240))

    def run(*options):
        arguments = ["inspect", str(tmp_path / "photos"), "--out", str(tmp_path / "out"), "--model", model]
        return RUNNER.invoke(app, [*arguments, *map(str, options)], catch_exceptions=False)

    return run


def test_the_shipped_codes_are_listed_with_their_classes():
    result = RUNNER.invoke(app, ["codes"], env={"COLUMNS": "160"}, catch_exceptions=False)
    assert result.exit_code == 0
    for words in ("en1992", "Table 7.1N", "XC3", "burland", "aci224r", "de-icing"):
        assert words in result.output


WRONG = {
    "unknown code": (["--code", "en1993"], "no code 'en1993'; did you mean en1992?"),
    "code without its class": (["--code", "en1992"], "needs an exposure class"),
    "unknown class": (["--code", "en1992", "--exposure", "XC9"], "no exposure class 'XC9'"),
    "class without a code": (["--exposure", "XC3"], "does nothing without --code"),
    "class for a code without": (["--code", "burland", "--exposure", "XC3"], "has no exposure classes"),
    "prices that are not there": (["--prices", "gone.toml"], "gone.toml cannot be read"),
    "axis beyond a turn": (["--axis", "200"], "--axis is 200"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_choice_is_refused_before_any_work(tmp_path, inspect, kind):
    options, sentence = WRONG[kind]
    with pytest.raises(SettingsError) as error:
        inspect(*options)
    assert sentence in str(error.value)
    assert not (tmp_path / "out").exists()


def test_another_code_rebuilds_the_report_and_not_the_photos(tmp_path, inspect):
    assert inspect("--scale", "0.2mm/px").exit_code == 0
    out = tmp_path / "out"
    (record,) = (out / "json").glob("*.json")
    before = record.stat().st_mtime_ns
    assert "verdict" not in (out / "cracks.csv").read_text("utf-8").splitlines()[0]
    (tmp_path / "prices.toml").write_text(PRICES, "utf-8")
    again = inspect(
        "--scale", "0.2mm/px", "--code", "en1992", "--exposure", "xc3", "--prices", tmp_path / "prices.toml"
    )
    assert again.exit_code == 0
    assert "1 of them earlier" in again.output
    assert record.stat().st_mtime_ns == before
    assert "limit_mm" in (out / "cracks.csv").read_text("utf-8").splitlines()[0]
    assert "calculated design widths" in (out / "report.html").read_text("utf-8")
    assert "seal" in (out / "budget.csv").read_text("utf-8")


def test_a_run_keeps_what_its_report_says_until_something_else_is_given(tmp_path, inspect):
    def page() -> str:
        return (tmp_path / "out/report.html").read_text("utf-8")

    def judged() -> bool:
        return "verdict" in (tmp_path / "out/cracks.csv").read_text("utf-8").splitlines()[0]

    (tmp_path / "prices.toml").write_text(PRICES, "utf-8")
    heading = ("--title", "Pier 4", "--project", "Aare bridge", "--inspector", "A. Keller")
    judging = ("--code", "en1992", "--exposure", "XC3", "--prices", tmp_path / "prices.toml")
    inspect("--scale", "0.2mm/px", *heading, *judging)
    save(tmp_path / "photos/2.png", drawn_photo(160, 240))
    assert "1 of them earlier" in inspect("--scale", "0.2mm/px").output
    assert all(words in page() for words in ("Pier 4", "Aare bridge", "A. Keller", "design widths", "seal"))
    assert judged()
    inspect("--scale", "0.2mm/px", "--project", "", "--inspector", "B. Roth", "--code", "none")
    assert "Pier 4" in page()
    assert "B. Roth" in page()
    assert "Aare bridge" not in page()
    assert not judged()
    assert (tmp_path / "out/budget.csv").is_file()
    inspect("--scale", "0.2mm/px", "--prices", "none")
    assert not (tmp_path / "out/budget.csv").exists()
    inspect("--scale", "0.2mm/px", "--overwrite")
    assert "Pier 4" not in page()


def test_a_direction_that_was_stated_stays_stated(inspect):
    inspect("--scale", "3mm/px", "--code", "ltpp_concrete", "--axis", "0")
    assert "not known without --axis" not in inspect("--scale", "3mm/px").output


def test_the_axis_decides_what_is_longitudinal(tmp_path, inspect):
    assert inspect("--axis", "90", "--formats", "csv").exit_code == 0
    (record,) = read_records(tmp_path / "out")
    assert record.settings.axis_deg == 90


def test_a_code_is_told_no_direction_that_nobody_stated(tmp_path, inspect):
    unknown = "cannot be decided: direction not known"
    for axis, verdict in (((), unknown), (("--axis", "0"), "grade moderate")):
        done = inspect("--scale", "3mm/px", "--code", "ltpp_concrete", "--formats", "csv,html", *axis)
        assert done.exit_code == 0
        assert verdict in (tmp_path / "out/cracks.csv").read_text("utf-8")
        assert ("not known without --axis" in done.output) == (not axis)
        page = (tmp_path / "out/report.html").read_text("utf-8")
        assert ("not known, as --axis was not given" in page) == (not axis)
        assert ("the rows of the photo, as --axis was not given" in page) == (not axis)
    assert "without --axis" not in inspect("--scale", "3mm/px", "--code", "burland").output


def test_a_pdf_is_written_on_request(tmp_path, inspect):
    result = inspect("--formats", "pdf")
    assert result.exit_code == 0
    assert (tmp_path / "out/report.pdf").read_bytes().startswith(b"%PDF")
    assert str(tmp_path / "out/report.pdf") in result.output.replace("\n", "")


def test_prices_without_a_scale_are_not_dropped_in_silence(tmp_path, inspect):
    (tmp_path / "prices.toml").write_text(PRICES, "utf-8-sig")
    done = inspect("--prices", tmp_path / "prices.toml")
    assert done.exit_code == 0
    assert "no photo has a scale, so there is no budget" in done.output
    assert "so there is no budget" in inspect().output  # they stay with the run
    assert "so there is no budget" not in inspect("--prices", "none").output


def test_a_photo_that_was_renamed_is_said_to_count_twice(tmp_path, inspect):
    assert "gone from their folder" not in inspect().output
    (tmp_path / "photos" / "1.png").rename(tmp_path / "photos" / "pier.png")
    again = inspect()
    assert again.exit_code == 0
    assert "1 photos of this run are gone from their folder and still count, first 1.png" in again.output
