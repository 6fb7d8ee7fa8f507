"""Every figure of every shipped code against a table written by hand; faults in own tables are named."""

import pytest

from crackwise.errors import SettingsError
from crackwise.severity.code import Code, load_code, shipped_codes
from crackwise.severity.verdict import judge
from crackwise.severity.widths import CrackWidths

# as the published tables give them: exposure classes, limit in mm (None: decompression), load combination
LIMITS = {
    "aci224r": [
        (("dry",), 0.41, "service loads"),
        (("humid",), 0.30, "service loads"),
        (("de-icing",), 0.18, "service loads"),
        (("sea-spray",), 0.15, "service loads"),
        (("water-retaining",), 0.10, "service loads"),
    ],
    "en1992": [
        (("X0", "XC1"), 0.4, "quasi-permanent"),
        (("XC2", "XC3", "XC4"), 0.3, "quasi-permanent"),
        (("XD1", "XD2", "XS1", "XS2", "XS3"), 0.3, "quasi-permanent"),
        (("X0-bonded", "XC1-bonded"), 0.2, "frequent"),
        (("XC2-bonded", "XC3-bonded", "XC4-bonded"), 0.2, "frequent"),
        (("XD1-bonded", "XD2-bonded", "XS1-bonded", "XS2-bonded", "XS3-bonded"), None, "frequent"),
    ],
    "fib2020": [
        (("X0",), 0.4, "not recorded"),
        (
            ("other", "XC1", "XC2", "XC3", "XC4", "XD1", "XD2", "XD3", "XS1", "XS2", "XS3"),
            0.3,
            "not recorded",
        ),
        (("fluid-tight",), 0.15, "not recorded"),
        (("fluid-tight-self-healing",), 0.20, "not recorded"),
    ],
}

# direction, classes from fine to wide as (name, border in mm, whether the border itself belongs to the class)
GRADES = {
    "astm_d6433_asphalt": {"any": [("low", 10, False), ("medium", 75, True), ("high", None, True)]},
    "astm_d6433_concrete": {"any": [("low", 13, False), ("medium", 50, True), ("high", None, True)]},
    "ltpp_asphalt": {"any": [("low", 6, True), ("moderate", 19, True), ("high", None, True)]},
    "ltpp_concrete": {
        "longitudinal": [("low", 3, False), ("moderate", 13, False), ("high", None, True)],
        "transverse": [("low", 3, False), ("moderate", 6, False), ("high", None, True)],
    },
    "burland": {
        "any": [
            ("0 negligible", 0.1, False),
            ("1 very slight", 1, True),
            ("2 slight", 5, True),
            ("3 moderate", 15, True),
            ("4 severe", 25, True),
            ("5 very severe", None, True),
        ]
    },
}

STATISTICS = {
    "aci224r": "maximum",
    "astm_d6433_asphalt": "characteristic",
    "astm_d6433_concrete": "characteristic",
    "burland": "maximum",
    "en1992": "characteristic",
    "fib2020": "characteristic",
    "ltpp_asphalt": "mean",
    "ltpp_concrete": "characteristic",
}

ABOUT = """
name = "mine"
title = "Our own limits"
edition = "2026"
clause = "table 1"
nature = "a house rule"
material = "concrete"
source = "us"
statistic = "maximum"
statistic_reason = "we say so"
by_width_only = false
not_seen = []
"""
LIMIT = '[[limits]]\nexposures = ["inside"]\ndescription = "dry"\ncombination = "none"\n'
GRADE = "[[grades]]\nclasses = "


@pytest.fixture
def load(tmp_path):
    """Write a table of the user's own and load it."""

    def load(text: str):
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return load_code(str(path))

    return load


def test_the_shipped_codes_are_these_and_no_others():
    assert set(shipped_codes()) == {*LIMITS, *GRADES}


@pytest.mark.parametrize("name", LIMITS)
def test_limits_are_those_of_the_published_table(name):
    code = load_code(name)
    assert code.kind == "limit"
    assert code.exposures == tuple(exposure for exposures, _, _ in LIMITS[name] for exposure in exposures)
    for exposures, limit_mm, combination in LIMITS[name]:
        for exposure in exposures:
            limit = code.limit_for(exposure)
            assert limit.limit_mm == limit_mm
            assert limit.decompression == (limit_mm is None)
            assert combination in limit.combination


@pytest.mark.parametrize("name", GRADES)
def test_classes_are_those_of_the_published_table(name):
    code = load_code(name)
    assert code.kind == "grades"
    assert {table.direction for table in code.grades} == set(GRADES[name])
    for table in code.grades:
        wanted = GRADES[name][table.direction]
        assert [(grade.name, grade.border_mm) for grade in table.classes] == [row[:2] for row in wanted]
        for grade, (_, border_mm, holds_its_border) in zip(table.classes, wanted):
            assert grade.reaches(border_mm or 1e6) == holds_its_border


@pytest.mark.parametrize("name", shipped_codes())
def test_a_shipped_code_says_where_it_stands_and_what_a_photo_does_not_show(name):
    code = load_code(name)
    assert code.name == name
    assert code.statistic == STATISTICS[name]
    assert code.not_seen
    assert all((code.title, code.edition, code.clause, code.nature, code.source, code.statistic_reason))
    assert code.by_width_only == (name in GRADES)
    assert code.not_for == (("map",) if name.startswith(("astm", "ltpp")) else ())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("aci224r", "not an allowable"),
        ("en1992", "national annexes differ"),
    ],
)
def test_the_nature_of_limits_is_said(name, words):
    assert words in load_code(name).nature


def test_the_burland_scale_says_that_it_counts_cracks_too():
    # BRE Digest 251: "5 to 15 mm or a number of cracks > 3 mm" and "also depends on number of cracks"
    code = load_code("burland")
    assert "a number of cracks above 3 mm is category 3 as well" in code.notes
    assert "categories 4 and 5 also depend on the number of cracks" in code.notes
    assert "number of cracks over the building" in code.not_seen


def test_appearance_and_decompression_are_said_at_the_limits_they_are_for():
    code = load_code("en1992")
    assert "appearance" in " ".join(code.limit_for("XC1").notes)
    assert code.limit_for("XC2").notes == ()
    assert "decompression" in " ".join(code.limit_for("XC2-bonded").notes)


def test_an_exposure_class_is_found_in_small_letters():
    assert load_code("en1992").limit_for("xc3").limit_mm == 0.3


@pytest.mark.parametrize(
    ("name", "exposure", "words"),
    [
        ("en1992", "XC2-bondd", "did you mean XC2-bonded"),
        ("en1992", "XC2 ", "did you mean XC2"),
        ("aci224r", "see-spray", "did you mean sea-spray"),
        ("en1992", "xd3", "no exposure class 'xd3': XD3 is not in Table 7.1N; it has: X0, XC1"),
        ("aci224r", None, "needs an exposure class; give one of: dry, humid"),
        ("burland", "XC2", "has no exposure classes; leave out 'XC2'"),
    ],
)
def test_an_exposure_class_that_a_code_has_not_is_refused(name, exposure, words):
    with pytest.raises(SettingsError, match=words):
        load_code(name).limit_for(exposure)


@pytest.mark.parametrize("exposure", ["XD3", "XD3-bonded", "XA1", "XF4", "XM1", "XC5", "XS", "3", ""])
def test_no_other_exposure_is_suggested_for_one_that_a_code_has_not(exposure):
    with pytest.raises(SettingsError, match=f"no exposure class '{exposure}'[;:].* it has: X0") as caught:
        load_code("en1992").limit_for(exposure)
    assert "did you mean" not in str(caught.value)


def test_no_verdict_speaks_of_a_class_that_nobody_asked_for():
    assert "XD3" not in judge(load_code("en1992"), "XC3", CrackWidths()).caveat


def test_a_code_kept_with_a_run_of_before_is_read():
    code = load_code("en1992")
    assert Code.model_validate(code.model_dump(mode="json", exclude={"absent"})).absent == ()


def test_a_table_of_the_users_own_is_read(load):
    code = load(f'kind = "limit"\n{ABOUT}{LIMIT}limit_mm = 0.25\n')
    assert code.limit_for("inside").limit_mm == 0.25
    assert code.reference == "2026, table 1"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("en1993", "there is no code 'en1993'; did you mean en1992"),
        ("nothing.toml", "give a TOML file or one of: aci224r"),
    ],
)
def test_an_unknown_code_lists_the_shipped_ones(name, words):
    with pytest.raises(SettingsError, match=words):
        load_code(name)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ", "is not valid TOML"),
        ('kind = "limit"', "name is missing; add it"),
        (
            f'kind = "limit"\nedtion = "x"\n{ABOUT}{LIMIT}limit_mm = 1',
            "unknown key edtion; did you mean edition",
        ),
        (f'kind = "limit"\nzzzz = "x"\n{ABOUT}{LIMIT}limit_mm = 1', "unknown key zzzz; remove it"),
        (f'kind = "limit"\n{ABOUT}{LIMIT}limt_mm = 1', "unknown key limits.0.limt_mm; did you mean limit_mm"),
        (f'kind = "limit"\n{ABOUT}{LIMIT}limit = 1', "unknown key limits.0.limit; did you mean limit_mm"),
        (f'kind = "limit"\nlimit = 1\n{ABOUT}{LIMIT}limit_mm = 1', "unknown key limit; did you mean limits"),
        (
            f'kind = "grades"\n{ABOUT}{GRADE}[{{name = "a", below = 1}}, {{name = "b"}}]',
            "unknown key grades.0.classes.0.below; did you mean below_mm",
        ),
        (f'kind = "limit"\n{ABOUT}{LIMIT}limit_mm = 0', "limits.0.limit_mm: .*greater than 0, got 0"),
        (f'kind = "limit"\n{ABOUT}{LIMIT}limit_mm = inf', "limits.0.limit_mm: .*finite"),
        (f'kind = "limit"\n{ABOUT}{LIMIT}', "limits.0: a limit has either limit_mm or decompression"),
        (f'kind = "limit"\n{ABOUT}{LIMIT}limit_mm = 1\ndecompression = true', "either limit_mm or decomp"),
        (f'kind = "limit"\n{ABOUT}{LIMIT}limit_mm = 1\n{LIMIT}limit_mm = 2', "inside is given twice"),
        (f'kind = "limit"\n{ABOUT}', 'kind is "limit", which needs limits and no grades'),
        (
            f'kind = "grades"\n{ABOUT}{LIMIT}limit_mm = 1',
            'kind is "grades", which needs grades and no limits',
        ),
        (f'kind = "colour"\n{ABOUT}', "kind: .* got 'colour'"),
        (f'kind = "grades"\n{ABOUT}{GRADE}[{{name = "a", below_mm = 1}}]', "at least 2 items"),
        (
            f'kind = "grades"\n{ABOUT}{GRADE}[{{name = "a", below_mm = 1}}, {{name = "b", up_to_mm = 2}}]',
            "the last class, b, has a border",
        ),
        (
            f'kind = "grades"\n{ABOUT}{GRADE}[{{name = "a"}}, {{name = "b"}}]',
            "class a has no border; give it below_mm or up_to_mm",
        ),
        (
            f'kind = "grades"\n{ABOUT}{GRADE}'
            '[{name = "a", up_to_mm = 3}, {name = "b", up_to_mm = 2}, {name = "c"}]',
            "class b ends below a; order them from fine to wide",
        ),
        (
            f'kind = "grades"\n{ABOUT}{GRADE}[{{name = "a", up_to_mm = 3, below_mm = 3}}, {{name = "b"}}]',
            "class a has below_mm and up_to_mm",
        ),
        (
            f'kind = "grades"\n{ABOUT}'
            + f'{GRADE}[{{name = "a", up_to_mm = 3}}, {{name = "b"}}]\n'
            + f'{GRADE}[{{name = "a", up_to_mm = 4}}, {{name = "b"}}]\n',
            "any is given twice",
        ),
        (
            f'kind = "grades"\n{ABOUT}'
            + f'{GRADE}[{{name = "a", up_to_mm = 3}}, {{name = "b"}}]\n'
            + f'{GRADE}[{{name = "a", up_to_mm = 4}}, {{name = "b"}}]\ndirection = "transverse"\n',
            'direction "any" stand beside others',
        ),
    ],
)
def test_a_fault_in_a_users_own_table_is_named(load, text, words):
    with pytest.raises(SettingsError, match=words) as caught:
        load(text)
    assert "mine.toml" in str(caught.value)


def test_a_table_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="is not valid TOML"):
        load_code(str(path))
