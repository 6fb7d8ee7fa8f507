"""``crackwise card`` and the scale options of ``crackwise inspect``, from the command line to the records."""

import json
from pathlib import Path

import pytest

from cardphotos import View, concrete, photograph
from photofiles import save
from tinymodel import write_tiny_model


@pytest.fixture
def crackwise(crackwise, monkeypatch, tmp_path):
    """Run a command in an empty folder; gives its exit code, what it said, and what it warned of."""
    monkeypatch.chdir(tmp_path)
    return crackwise


def record(out: Path, stem: str) -> dict:
    return json.loads((out / "json" / f"{stem}.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("words", "points"),
    [([], (595, 842)), (["--size", "a6"], (420, 298)), (["--size", "letter"], (612, 792))],
)
def test_a_card_is_written_in_the_size_asked_for(crackwise, words, points):
    code, out, _ = crackwise("card", "--out", "my/card.pdf", *words)
    assert code == 0
    assert "print it at 100 %" in out
    data = Path("my/card.pdf").read_bytes()
    assert data.startswith(b"%PDF")
    box = data.partition(b"/MediaBox [ 0 0 ")[2].split()[:2]
    assert [float(length) for length in box] == pytest.approx(points, abs=1)


def test_nothing_but_a_pdf_is_written_as_a_card(crackwise):
    Path("wall.jpg").write_bytes(b"a photo")
    assert crackwise("card", "--out", "wall.jpg").code == 2
    assert Path("wall.jpg").read_bytes() == b"a photo"


def test_an_unknown_size_is_one_sentence(crackwise):
    assert crackwise("card", "--size", "A3") == (
        2,
        "",
        "error: --size is 'A3'; expected one of A4, A6, Letter\n",
    )
    assert not Path("card.pdf").exists()


@pytest.fixture
def photos(tmp_path):
    """A photo with a card and one without, each with a dark line; and a model that finds what is dark."""
    surface = concrete(600, 800) // 2 + 90
    with_card = photograph(surface, View(0.35, at_px=(250, 300)))
    for name, photo in (("card.png", with_card), ("bare.png", surface.copy())):
        photo[40:561, 647:654] = 15
        save(tmp_path / "photos" / name, photo)
    write_tiny_model(tmp_path / "tiny.onnx")
    return tmp_path / "photos"


def test_a_card_gives_millimetres_and_a_photo_without_one_says_so(crackwise, photos, tmp_path):
    code, _, said = crackwise("inspect", photos, "--card", "--out", "out", "--model", "tiny.onnx")
    assert code == 0
    found, missing = record(tmp_path / "out", "card"), record(tmp_path / "out", "bare")
    assert found["scale"]["source"] == "marker"
    assert found["scale"]["mm_per_px"] == pytest.approx(0.35, rel=2e-3)
    (crack,) = found["cracks"]  # nothing on the card itself
    assert crack["length_mm"] == pytest.approx(521 * 0.35, rel=0.01)
    assert found["inspected_share"] < 0.75
    assert missing["scale"] is None
    sentence = "no marker card found in the photo; measured in px only"
    assert missing["warnings"] == [sentence]
    assert f"warning: bare.png: {sentence}" in said


def test_the_given_scale_is_for_photos_without_a_card(crackwise, photos, tmp_path):
    command = [
        "inspect",
        photos,
        "--rectify",
        "--scale",
        "0.5mm/px±2%",
        "--out",
        "out",
        "--model",
        "tiny.onnx",
    ]
    assert crackwise(*command)[0] == 0
    bare = record(tmp_path / "out", "bare")
    assert bare["scale"] == {"mm_per_px": 0.5, "source": "given", "relative_error": 0.02}
    assert "the scale is taken from: 0.5 mm/px ± 2 %" in bare["warnings"][0]
    assert record(tmp_path / "out", "card")["warnings"][0].startswith("rectified")
    run = json.loads((tmp_path / "out/run.json").read_text("utf-8"))
    assert run["scale"] == "marker card, rectified, else 0.5 mm/px ± 2 %"
    assert crackwise(*command)[0] == 0  # the same rule goes on
    code, _, said = crackwise(*[word for word in command if word != "--rectify"])
    assert code == 2
    assert "scale was marker card, rectified, else 0.5 mm/px ± 2 %, is 0.5 mm/px ± 2 %" in said


def test_a_table_gives_each_photo_its_scale(crackwise, photos, tmp_path):
    Path("scales.csv").write_text("photo,mm_per_px\nbare.png,0.25\n", "utf-8")
    code, _, said = crackwise(
        "inspect", photos, "--scale-table", "scales.csv", "--out", "out", "--model", "tiny.onnx"
    )
    assert code == 0
    assert record(tmp_path / "out", "bare")["scale"]["source"] == "table"
    assert record(tmp_path / "out", "card")["scale"] is None
    assert "the scale table has no row for card.png; measured in px only" in said


BAD = {
    "unit of scale": (["--scale", "0.2"], "scale '0.2' is not understood"),
    "unit of distance": (["--distance", "2"], "length '2' is not understood"),
    "error alone": (["--distance-error", "3%"], "--distance-error does nothing without --distance"),
    "sensor alone": (["--sensor-width", "23.5mm"], "--sensor-width does nothing without --distance"),
    "error": (["--distance", "2m", "--distance-error", "3"], "error '3' is not understood"),
    "no table": (["--scale-table", "none.csv"], "none.csv cannot be read"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_scale_that_is_not_understood_ends_with_one_sentence(crackwise, photos, kind):
    words, sentence = BAD[kind]
    code, _, said = crackwise("inspect", photos, "--out", "out", "--model", "tiny.onnx", *words)
    assert code == 2
    (line,) = said.splitlines()
    assert sentence in line
    assert not Path("out").exists()
