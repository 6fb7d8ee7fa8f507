import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from crackwise.errors import OutputError
from crackwise.report.code_choice import CodeChoice
from crackwise.report.page import Page
from crackwise.report.settings import ReportSettings
from crackwise.report.writers.tables import write_tables
from crackwise.scale import Scale
from crackwise.severity.code import load_code
from crackwise.severity.quantities import PriceClass, PriceList

NAMES = ("mean", "median", "p95", "max")

CRACK_HEAD = (
    "photo,crack,kind,length_px,"
    "width_mean_px,width_mean_low_px,width_mean_high_px,width_median_px,width_median_low_px,width_median_high_px,"
    "width_p95_px,width_p95_low_px,width_p95_high_px,width_max_px,width_max_low_px,width_max_high_px,"
    "finer_than_px,area_px,length_mm,length_low_mm,length_high_mm,"
    "width_mean_mm,width_mean_low_mm,width_mean_high_mm,width_median_mm,width_median_low_mm,width_median_high_mm,"
    "width_p95_mm,width_p95_low_mm,width_p95_high_mm,width_max_mm,width_max_low_mm,width_max_high_mm,"
    "finer_than_mm,area_mm2,area_low_mm2,area_high_mm2,"
    "width_method,orientation_deg,tortuosity,branches,loops,confidence,"
    "box_x_px,box_y_px,box_width_px,box_height_px,widest_x_px,widest_y_px"
)


SEAL_AND_FILL = PriceList(
    currency="CHF",
    classes=(
        PriceClass(name="seal", from_mm=15, to_mm=50, price_per_m=12.5),
        PriceClass(name="fill", from_mm=50, price_per_m=80),
    ),
)


def _written(folder, records, name, **settings):
    write_tables(records, folder, ReportSettings(**settings))
    return (folder / name).read_bytes()


def _rows(folder, records, name, **settings):
    text = _written(folder, records, name, **settings).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_spreadsheet_sees_utf8_and_line_ends_of_windows(tmp_path, records):
    data = _written(tmp_path, records, "cracks.csv")
    assert data.startswith(b"\xef\xbb\xbfphoto,crack,kind,length_px,")
    assert data.count(b"\r\n") == data.count(b"\n") == 4


def test_columns_of_cracks_are_in_the_documented_order(tmp_path, records):
    assert _written(tmp_path, records, "cracks.csv").decode("utf-8-sig").split("\r\n")[0] == CRACK_HEAD


def test_a_crack_of_300_px_and_a_fifth_of_a_millimetre_per_pixel_is_60_mm_long(tmp_path, records):
    row = _rows(tmp_path, records, "cracks.csv")[0]
    assert (row["photo"], row["crack"]) == ("pier/west.jpg", "1")
    assert (row["length_px"], row["length_mm"]) == ("300.0", "60.0")
    assert (row["width_max_px"], row["width_max_mm"]) == ("9.0", "1.8")
    assert (row["widest_x_px"], row["widest_y_px"]) == ("170", "40")
    assert (row["orientation_deg"], row["confidence"]) == ("0.0", "0.9")


def test_every_photo_has_a_row_also_the_one_without_cracks(tmp_path, records):
    rows = _rows(tmp_path, records, "photos.csv")
    assert [row["verdict"] for row in rows] == ["cracked", "cracked", "no crack found"]
    assert [row["cracks"] for row in rows] == ["2", "1", "0"]
    assert rows[2]["width_max_px"] == ""
    assert (rows[0]["width_px"], rows[0]["height_px"]) == ("400", "300")
    assert (rows[0]["scale_mm_per_px"], rows[0]["scale_source"]) == ("0.2", "given")


def test_a_position_south_or_west_stays_a_number(tmp_path, records):
    assert _rows(tmp_path, records, "photos.csv")[0]["longitude_deg"] == "-8.541694"


def test_density_is_crack_length_by_area_of_the_surface(tmp_path, records):
    row = _rows(tmp_path, records, "photos.csv")[1]
    length_m, area_m2 = 230 * 0.2e-3, 300 * 400 * 0.2e-3**2
    assert float(row["density_m_per_m2"]) == pytest.approx(length_m / area_m2, abs=1e-4)


def test_millimetres_are_empty_without_a_scale(tmp_path, make_photo, make_line):
    record = make_photo("a.jpg", [make_line((10, 10), (10, 60), 3)]).record
    crack, photo = (_rows(tmp_path, [record], name)[0] for name in ("cracks.csv", "photos.csv"))
    assert {crack[name] for name in crack if "_mm" in name} == {""}
    assert {photo[name] for name in photo if "_mm" in name or name == "density_m_per_m2"} == {""}
    assert crack["length_px"] == "50.0"


@pytest.mark.parametrize(
    "name", ["=1+1.jpg", "+1.jpg", "-1.jpg", "@SUM(A1).jpg", "\t=1.jpg", "\r=1.jpg", " =1.jpg", "＝1.jpg"]
)
def test_a_name_that_a_spreadsheet_would_run_gets_an_apostrophe(tmp_path, make_photo, name):
    record = make_photo(name, [], scale=Scale(1)).record.model_copy(update={"camera": '=HYPERLINK("x")'})
    row = _rows(tmp_path, [record], "photos.csv")[0]
    assert row["photo"] == f"'{name}"
    assert row["camera"] == '\'=HYPERLINK("x")'


@pytest.mark.parametrize("name", ['a "quoted", name.jpg', "two\nlines.jpg", "Brücke/橋.jpg", "5-6=7.jpg"])
def test_any_other_name_comes_back_as_it_was(tmp_path, make_photo, name):
    record = make_photo(name, []).record
    assert _rows(tmp_path, [record], "photos.csv")[0]["photo"] == name


@pytest.mark.parametrize("mm_per_px", [0.0002, 0.00078, 0.004, 0.0099, 0.01, 0.05, 1.0])
def test_no_scale_is_so_fine_that_the_decimals_lose_a_figure(tmp_path, make_photo, make_line, mm_per_px):
    record = make_photo("a.jpg", [make_line((10, 10), (10, 60), 3)], scale=Scale(mm_per_px)).record
    (crack,), (photo,) = (_rows(tmp_path, [record], name) for name in ("cracks.csv", "photos.csv"))
    most = 0.05 if mm_per_px < 0.01 else 0.0005 / mm_per_px  # 0.001 mm from 0.01 mm/px on
    for name in ("width_mean", "width_p95", "width_max"):
        assert abs(float(crack[f"{name}_mm"]) / mm_per_px - 3.0) <= most * 1.001
    assert float(photo["width_max_mm"]) == float(crack["width_max_mm"])
    if mm_per_px < 0.01:
        assert float(crack["area_mm2"]) / mm_per_px**2 == pytest.approx(record.cracks[0].area_px, abs=0.51)
        assert float(crack["length_mm"]) / mm_per_px == pytest.approx(50, abs=0.51)
        assert float(photo["total_length_mm"]) == float(crack["length_mm"])


def test_a_crack_too_fine_to_be_measured_has_no_width_in_any_cell(
    tmp_path, make_photo, make_line, with_crack
):
    drawn = make_photo("a.jpg", [make_line((10, 10), (10, 60), 3)], scale=Scale(0.2))
    between = {f"width_{name}_range_{unit}": (2.0, 4.0) for name in NAMES for unit in ("px", "mm")}
    record = with_crack(drawn.record, 1, finer_than_px=3.501, finer_than_mm=0.7002, **between)
    (row,) = _rows(tmp_path, [record], "cracks.csv")
    widths = {
        name: cell for name, cell in row.items() if name.startswith("width_") and name != "width_method"
    }
    assert len(widths) == 24
    assert set(widths.values()) == {""}
    assert (row["finer_than_px"], row["finer_than_mm"]) == ("3.51", "0.701")  # a bound is rounded up
    assert row["length_mm"] == "10.0"


def test_every_width_has_its_interval_beside_it(tmp_path, make_photo, make_line, with_crack):
    drawn = make_photo("a.jpg", [make_line((10, 10), (10, 60), 3)], scale=Scale(0.2))
    record = with_crack(
        drawn.record, 1, width_p95_range_px=(2.5, 3.6), width_max_range_mm=(0.4, 0.9), kind="map", loops=3
    )
    (row,) = _rows(tmp_path, [record], "cracks.csv")
    assert (row["width_p95_px"], row["width_p95_low_px"], row["width_p95_high_px"]) == ("3.0", "2.5", "3.6")
    assert (row["width_max_mm"], row["width_max_low_mm"], row["width_max_high_mm"]) == ("0.6", "0.4", "0.9")
    assert (row["width_mean_low_px"], row["finer_than_px"]) == ("", "")
    assert (row["kind"], row["loops"], row["width_method"]) == ("map", "3", "contour")


def test_lengths_areas_and_densities_have_the_interval_of_the_scale_beside_them(
    tmp_path, make_photo, make_line
):
    record = make_photo("a.jpg", [make_line((10, 10), (10, 60), 3)], scale=Scale(0.2, "marker", 0.5)).record
    (crack,), (photo,) = (_rows(tmp_path, [record], name) for name in ("cracks.csv", "photos.csv"))
    # 50 px at 0.1 to 0.3 mm/px, on 400 × 300 px: 0.005 m on 0.0012 m², or 0.015 m on 0.0108 m²
    assert (crack["length_mm"], crack["length_low_mm"], crack["length_high_mm"]) == ("10.0", "5.0", "15.0")
    assert float(crack["area_low_mm2"]) == pytest.approx(float(crack["area_mm2"]) / 4, abs=0.01)
    assert float(crack["area_high_mm2"]) == pytest.approx(float(crack["area_mm2"]) * 2.25, abs=0.02)
    assert (photo["total_length_low_mm"], photo["total_length_high_mm"]) == ("5.0", "15.0")
    assert (photo["density_low_m_per_m2"], photo["density_high_m_per_m2"]) == ("1.3889", "4.1667")


def test_with_a_code_each_crack_has_its_verdict_reason_and_caveat(
    tmp_path, make_photo, make_line, with_crack
):
    drawn = make_photo("a.jpg", [make_line((10 + 30 * k, 10), (10 + 30 * k, 60), 2) for k in range(4)])
    record = drawn.record
    for number, between in ((1, (0.31, 0.40)), (2, (0.10, 0.30)), (3, (0.29, 0.33))):
        record = with_crack(record, number, width_p95_mm=sum(between) / 2, width_p95_range_mm=between)
    record = with_crack(record, 4, finer_than_px=1.4, finer_than_mm=0.29)
    rows = _rows(tmp_path, [record], "cracks.csv", choice=CodeChoice(load_code("en1992"), "XC3"))
    assert [row["verdict"] for row in rows] == [
        "exceeded",
        "within",
        "cannot be decided at this scale",
        "within",
    ]
    assert {row["limit_mm"] for row in rows} == {"0.3"}
    assert {row["grade"] for row in rows} == {""}
    assert "0.31 to 0.4 mm) is above 0.3 mm for XC3" in rows[0]["reason"]
    assert all("calculated design widths" in row["caveat"] for row in rows)


def test_grades_are_named_and_have_no_limit(tmp_path, make_photo, make_line, with_crack):
    record = make_photo("a.jpg", [make_line((10, 10), (10, 60), 2)]).record
    record = with_crack(record, 1, width_mean_mm=8.0, width_mean_range_mm=(7.0, 9.0))
    (row,) = _rows(tmp_path, [record], "cracks.csv", choice=CodeChoice(load_code("ltpp_asphalt")))
    assert (row["verdict"], row["grade"], row["limit_mm"]) == (
        "grade moderate, by width only",
        "moderate",
        "",
    )


def test_a_code_is_told_the_direction_in_photos_with_an_axis(tmp_path, make_photo, make_line, with_crack):
    record = make_photo("a.jpg", [make_line((10, 10), (10, 60), 2)]).record
    wide = {"width_p95_mm": 8.0, "width_p95_range_mm": (7.0, 9.0)}
    record = with_crack(record, 1, kind="transverse", tortuosity=1.0, **wide)
    along = record.settings.model_copy(update={"axis_deg": 90.0})
    records = [record, record.model_copy(update={"photo": "b.jpg", "settings": along})]
    settings = {"choice": CodeChoice(load_code("ltpp_concrete"))}
    rows = _rows(tmp_path, records, "cracks.csv", **settings)
    assert [row["verdict"] for row in rows] == [
        "cannot be decided: direction not known",
        "grade high, by width only",
    ]
    assert [ReportSettings(**settings).lacks_axis_of(one) for one in records] == [True, False]
    page = Page.of(records, tmp_path, ReportSettings(**settings))
    assert ("Direction of cracks", "not known where --axis was not given") in page.code


def test_a_photo_states_what_it_can_tell_and_how_it_was_measured(tmp_path, make_photo):
    record = make_photo("a.jpg", [], scale=Scale(0.2, "marker", 0.012)).record
    summary = replace(record.summary, blur_px=1.234, smallest_width_px=2.3401, smallest_width_mm=0.46802)
    update = {"summary": summary, "warnings": ("tilted by 12°", "far away")}
    (row,) = _rows(tmp_path, [record.model_copy(update=update)], "photos.csv")
    assert (row["scale_source"], row["scale_relative_error"]) == ("marker", "0.012")
    assert (row["blur_px"], row["smallest_width_px"], row["smallest_width_mm"]) == ("1.23", "2.35", "0.469")
    assert row["warnings"] == "tilted by 12°; far away"


def test_metres_by_width_add_up_and_what_is_too_fine_stands_apart(
    tmp_path, make_photo, make_line, with_crack
):
    lines = [
        make_line((10, 10), (10, 110), 2),
        make_line((40, 10), (40, 60), 9),
        make_line((70, 10), (70, 40), 1),
    ]
    record = with_crack(
        make_photo("a.jpg", lines, scale=Scale(10.0)).record, 3, finer_than_px=1.5, finer_than_mm=15
    )
    unscaled = make_photo("b.jpg", lines).record
    rows = _rows(tmp_path, [record, unscaled], "quantities.csv", choice=CodeChoice(load_code("ltpp_asphalt")))
    found = {row["class"]: row["length_m"] for row in rows}
    # widths 20 mm over 1 m and 90 mm over 0.5 m at 10 mm/px; borders of the code are 6 and 19 mm
    assert found == {
        "below 6 mm": "0.0", "6 to 19 mm": "0.0", "19 mm and more": "1.5", "too fine to be told": "0.3",
        "width not known": "0.0",
    }  # fmt: skip


def test_a_place_below_the_smallest_measurable_width_is_in_no_class(tmp_path, make_photo, make_line):
    record = make_photo("a.jpg", [make_line((10, 10), (10, 110), 2)], scale=Scale(10.0)).record
    branch = record.network.branches[0].model_copy(update={"width_px": np.array([1.0] * 51 + [2.0] * 50)})
    network = record.network.model_copy(update={"branches": [branch]})
    summary = replace(record.summary, smallest_width_px=1.5, smallest_width_mm=15.0)
    changed = record.model_copy(update={"network": network, "summary": summary})
    rows = _rows(tmp_path, [changed], "quantities.csv")
    found = {row["class"]: row["length_m"] for row in rows}
    # 101 points 10 mm apart, the first and the last standing for 5 mm: 505 mm of 10 mm wide, 495 mm of 20 mm
    assert (found["20 mm and more"], found["too fine to be told"]) == ("0.495", "0.505")


def test_metres_that_no_photo_can_show_are_an_empty_cell(tmp_path, make_photo, make_line):
    record = make_photo("a.jpg", [make_line((10, 10), (10, 60), 9)], scale=Scale(0.2, "marker", 0.1)).record
    summary = replace(record.summary, smallest_width_mm=0.2)
    rows = _rows(tmp_path, [record.model_copy(update={"summary": summary})], "quantities.csv")
    cells = [(row["length_m"], row["length_low_m"], row["length_high_m"]) for row in rows[:4]]
    assert cells == [("", "", "")] * 2 + [("0.0", "0.0", "0.0")] * 2


def test_a_budget_is_length_times_price(tmp_path, make_photo, make_line):
    lines = [
        make_line((10, 10), (10, 110), 2),
        make_line((40, 10), (40, 60), 9),
        make_line((70, 10), (70, 40), 1),
    ]
    record = make_photo("a.jpg", lines, scale=Scale(10.0)).record
    *rows, total = _rows(tmp_path, [record], "budget.csv", prices=SEAL_AND_FILL)
    assert [(row["class"], row["length_m"], row["cost"]) for row in rows[:2]] == [
        ("seal", "1.0", "12.5"), ("fill", "0.5", "40.0"),
    ]  # fmt: skip
    assert (rows[2]["class"], rows[2]["length_m"]) == ("width not in the price list", "0.3")
    assert (total["class"], total["cost"], total["currency"]) == ("total", "52.5", "CHF")


def test_metres_and_cost_lie_between_what_the_error_of_the_scale_makes_of_them(
    tmp_path, make_photo, make_line
):
    # 1 m of 20 mm and 0.5 m of 90 mm; at 5 mm/px 0.5 m of 10 mm and 0.25 m of 45 mm; at 15 mm/px 1.5 m of
    # 30 mm and 0.75 m of 135 mm
    lines = [make_line((10, 10), (10, 110), 2), make_line((40, 10), (40, 60), 9)]
    record = make_photo("a.jpg", lines, scale=Scale(10.0, "marker", 0.5)).record
    seal, fill, *_, total = _rows(tmp_path, [record], "budget.csv", prices=SEAL_AND_FILL)
    assert (seal["length_m"], seal["length_low_m"], seal["length_high_m"]) == ("1.0", "0.25", "1.5")
    assert (fill["cost"], fill["cost_low"], fill["cost_high"]) == ("40.0", "0.0", "60.0")
    assert (total["cost"], total["cost_low"], total["cost_high"]) == ("52.5", "3.13", "78.75")
    rows = _rows(tmp_path, [record], "quantities.csv", choice=CodeChoice(load_code("ltpp_asphalt")))
    found = {row["class"]: (row["length_low_m"], row["length_high_m"]) for row in rows}
    assert found["below 6 mm"] == ("0.0", "0.0")
    assert found["6 to 19 mm"] == ("0.0", "0.75")  # halfway down, 15 mm are 0.75 m
    assert found["19 mm and more"] == ("0.25", "2.25")


def test_metres_lie_between_what_the_intervals_of_widths_make_of_them(tmp_path, make_photo, make_line):
    record = make_photo("a.jpg", [make_line((10, 10), (10, 110), 2)], scale=Scale(10.0)).record
    low_px, high_px = np.array([1.0] * 51 + [1.8] * 50), np.full(101, 2.5)
    branch = record.network.branches[0].model_copy(update={"low_px": low_px, "high_px": high_px})
    network = record.network.model_copy(update={"branches": [branch]})
    changed = record.model_copy(update={"network": network})
    seal, fill, *_ = _rows(tmp_path, [changed], "budget.csv", prices=SEAL_AND_FILL)
    # 505 mm of 1 m may be 10 mm wide, below the price list, instead of 20
    assert (seal["length_m"], seal["length_low_m"], seal["length_high_m"]) == ("1.0", "0.5", "1.0")
    assert (fill["cost_low"], fill["cost_high"]) == ("0.0", "0.0")


def test_where_no_error_is_known_no_range_is_given(tmp_path, make_photo, make_line):
    record = make_photo("a.jpg", [make_line((10, 10), (10, 110), 2)], scale=Scale(10.0)).record
    for name in ("quantities.csv", "budget.csv"):
        rows = _rows(tmp_path, [record], name, prices=SEAL_AND_FILL)
        assert {row[column] for row in rows for column in row if "_low" in column or "_high" in column} == {
            ""
        }


def test_without_scale_or_prices_earlier_sums_do_not_stay(tmp_path, make_photo, make_line):
    for name in ("quantities.csv", "budget.csv"):
        (tmp_path / name).write_text("of an earlier run")
    _written(tmp_path, [make_photo("a.jpg", [make_line((10, 10), (10, 60), 3)]).record], "cracks.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cracks.csv", "photos.csv"]


def test_an_earlier_table_that_cannot_be_removed_is_one_sentence(tmp_path, make_photo, make_line):
    (tmp_path / "budget.csv").mkdir()  # stands for a file that a spreadsheet on Windows has open
    with pytest.raises(OutputError, match=r"budget\.csv cannot be removed"):
        _written(tmp_path, [make_photo("a.jpg", [make_line((10, 10), (10, 60), 3)]).record], "cracks.csv")
