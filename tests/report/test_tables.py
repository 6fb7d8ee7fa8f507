import csv
import io

import pytest

from crackwise.report.settings import ReportSettings
from crackwise.report.writers.tables import write_tables
from crackwise.scale import Scale

CRACK_HEAD = (
    "photo,crack,length_px,width_mean_px,width_median_px,width_max_px,area_px,orientation_deg,"
    "length_mm,width_mean_mm,width_median_mm,width_max_mm,area_mm2,"
    "confidence,branches,box_x_px,box_y_px,box_width_px,box_height_px,widest_x_px,widest_y_px"
)


def _written(folder, records, name):
    write_tables(records, folder, ReportSettings())
    return (folder / name).read_bytes()


def _rows(folder, records, name):
    text = _written(folder, records, name).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_spreadsheet_sees_utf8_and_line_ends_of_windows(tmp_path, records):
    data = _written(tmp_path, records, "cracks.csv")
    assert data.startswith(b"\xef\xbb\xbfphoto,crack,length_px,")
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
