import cv2
import numpy as np
import pytest
from counted import degrees_of, length_px, mean_width_px
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.morphology import thin as thin_whole_image

from crackwise.crack.components import fill_pores, find_components
from crackwise.crack.measure import measure
from crackwise.crack.network import MAX_PORE_PX, trace
from crackwise.crack.sections import EdgeMap
from crackwise.crack.skeleton import skeleton_graph
from crackwise.crack.thin import thin
from drawn import arc, between, coverage, draw_crack, draw_mask, outline, ring, straight, wave

CENTRE = (100.3, 100.3)
SHAPE = (200, 200)
PLUS = [between((100.3, 20), (100.3, 180)), between((20, 100.3), (180, 100.3))]
LADDER = [
    between((20, 70), (180, 70)),
    between((20, 130), (180, 130)),
    *(between((row, 70), (row, 130)) for row in (60, 100, 140)),
]
FORK = [between(CENTRE, (180, 100.3)), between(CENTRE, (30, 40)), between(CENTRE, (30, 160))]


@pytest.mark.parametrize("width_px", [3, 8, 30])
@pytest.mark.parametrize("angle_deg", [0, 25, 45, 75, 90, 115, 135, 160])
def test_a_straight_slot_has_its_length_and_width(width_px, angle_deg):
    drawn = draw_crack(straight(20 * width_px, angle_deg), width_px, phase=(0.3, 0.6))
    network = trace(drawn.mask)
    assert len(network.branches) == 1
    assert length_px(network) == pytest.approx(drawn.length_px, rel=0.02)
    # A mask along 45° knows a width only to whole diagonals, 0.71 px apart
    assert mean_width_px(network) == pytest.approx(width_px, abs=0.71 if angle_deg in (45, 135) else 0.25)


@pytest.mark.parametrize("angle_deg", [0, 40, 110])
@pytest.mark.parametrize("width_px", [4, 12])
def test_curved_cracks_have_their_length_and_width(width_px, angle_deg):
    lines = [
        arc(20 * width_px, 10 * width_px, angle_deg),
        wave(20 * width_px, 1.5 * width_px, 12 * width_px, angle_deg),
    ]
    for line in lines:
        drawn = draw_crack(line, width_px)
        network = trace(drawn.mask)
        assert length_px(network) == pytest.approx(drawn.length_px, rel=0.02)
        assert mean_width_px(network) == pytest.approx(width_px, abs=0.5)


def test_the_width_of_a_tapered_crack_follows_it_along_the_path():
    line = straight(300, 0)
    drawn = draw_crack(line, np.linspace(4, 16, len(line)))
    branch = trace(drawn.mask).branches[0]
    known = np.isfinite(branch.width_px)
    along = branch.path[:, 1] - branch.path[:, 1].min()
    assert np.abs(branch.width_px - (4 + 12 * along / 300))[known].max() < 1


def test_the_edge_of_a_probability_map_gives_widths_that_a_mask_cannot():
    drawn = draw_crack(straight(150, 0), 7.4, phase=(0.2, 0))
    assert mean_width_px(trace(drawn.mask)) == pytest.approx(
        round(mean_width_px(trace(drawn.mask))), abs=0.01
    )
    network = trace(drawn.mask, edge=EdgeMap(drawn.coverage, 0.5))
    assert mean_width_px(network) == pytest.approx(7.4, abs=0.15)


@pytest.mark.parametrize("width_px", [1, 2, 3, 8, 12])
@pytest.mark.parametrize(
    ("lines", "degrees", "branches"),
    [
        (PLUS, [1, 1, 1, 1, 4], 4),
        (FORK, [1, 1, 1, 3], 3),
        ([ring(CENTRE, 60)], [2], 1),
        (LADDER, [1] * 4 + [3] * 6, 11),
        ([between((100, 20), (100, 180))], [1, 1], 1),
    ],
    ids=["plus", "fork", "ring", "ladder", "line"],
)
def test_nodes_and_branches_are_those_one_can_count(lines, degrees, branches, width_px):
    network = trace(draw_mask(lines, width_px, SHAPE))
    assert degrees_of(network) == degrees
    assert len(network.branches) == branches
    assert set(network.crack_of_branch.tolist()) == {1}


def test_the_lengths_of_a_plus_and_a_ring_are_those_of_their_centrelines():
    assert length_px(trace(draw_mask(PLUS, 6, SHAPE))) == pytest.approx(320, rel=0.01)
    assert length_px(trace(draw_mask([ring(CENTRE, 60)], 6, SHAPE))) == pytest.approx(
        2 * np.pi * 60, rel=0.01
    )


def test_branches_start_and_end_at_their_nodes():
    network = trace(draw_mask(LADDER, 5, SHAPE))
    for branch in network.branches:
        assert np.allclose(branch.path[0], network.nodes[branch.start])
        assert np.allclose(branch.path[-1], network.nodes[branch.end])


def test_the_junction_of_a_plus_is_where_its_arms_cross():
    network = trace(draw_mask(PLUS, 8, SHAPE))
    degree = np.bincount([node for b in network.branches for node in (b.start, b.end)])
    assert np.hypot(*(network.nodes[degree == 4][0] - CENTRE)) < 1


@pytest.mark.parametrize(("sticks_out_px", "branches"), [(3, 1), (40, 3)])
def test_a_bump_is_pruned_and_a_side_crack_kept(sticks_out_px, branches):
    lines = [between((100, 20), (100, 180)), between((100, 95), (100 + 4 + sticks_out_px, 95))]
    assert len(trace(draw_mask(lines, 8, SHAPE)).branches) == branches


@pytest.mark.parametrize("width_px", [3, 8])
def test_an_oblique_crossing_is_one_junction(width_px):
    lines = [between((60, 20), (140, 180)), between((140, 20), (60, 180))]
    assert degrees_of(trace(draw_mask(lines, width_px, SHAPE))) == [1, 1, 1, 1, 4]


@pytest.mark.parametrize(("end", "width_px"), [((120, 180), 12), ((100, 180), 31), ((140, 150), 24)])
def test_the_path_of_a_slot_keeps_to_its_axis_up_to_the_tips(end, width_px):
    start = np.array([40, 20])
    mask = draw_mask([between(tuple(start), end)], width_px, SHAPE)
    axis = (np.array(end) - start) / np.hypot(*(np.array(end) - start))
    offset = trace(mask).branches[0].path - start
    beside_px = np.abs(offset[:, 0] * axis[1] - offset[:, 1] * axis[0])
    assert beside_px[10:-10].max() < 0.4
    assert beside_px.max() < 0.6


@pytest.mark.parametrize("angle_deg", [0, 20, 35])
@pytest.mark.parametrize("radius_px", [10, 13, 16])
def test_a_crack_that_ends_in_a_pit_is_as_long_as_it_is_whichever_way_it_lies(angle_deg, radius_px):
    angle = np.radians(angle_deg)
    rows, cols = np.mgrid[:300, :300] - 40.3
    along, across = cols * np.cos(angle) + rows * np.sin(angle), rows * np.cos(angle) - cols * np.sin(angle)
    slot = (along >= 0) & (along <= 200) & (np.abs(across) <= 2.5)
    mask = slot | (np.hypot(along - 200, across) <= radius_px)
    turned = [np.rot90(side, quarter) for side in (mask, mask.T) for quarter in range(4)]
    lengths_px = [length_px(trace(np.ascontiguousarray(one))) for one in turned]
    assert lengths_px == pytest.approx([200 + radius_px] * 8, abs=2)


def test_a_pinhole_makes_no_loop_and_an_island_does():
    mask = draw_mask([between((100, 20), (100, 180))], 12, SHAPE)
    mask[99:102, 60:63] = False
    assert len(trace(mask).branches) == 1
    mask[97:104, 120:140] = False
    assert degrees_of(trace(mask)) == [1, 1, 3, 3]


def test_widths_are_unknown_near_junctions_and_tips_and_known_elsewhere():
    network = trace(draw_mask(PLUS, 10, SHAPE))
    for branch in network.branches:
        known = np.isfinite(branch.width_px)
        assert np.abs(branch.width_px[known] - 10).max() < 0.6
        assert known.mean() > 0.7
        from_node = np.hypot(*(branch.path - CENTRE).T)
        assert not known[from_node < 5].any()


def test_cracks_are_numbered_longest_first():
    lines = [between((20, 20), (20, 60)), between((60, 20), (60, 180)), between((100, 20), (100, 100))]
    network = trace(draw_mask(lines, 4, SHAPE))
    rows = [network.branches[list(network.crack_of_branch).index(crack)].path[0, 0] for crack in (1, 2, 3)]
    assert np.allclose(rows, [60, 100, 20], atol=1)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 2), (2, 2), (3, 3), (7, 8), (5, 12)])
def test_a_speck_is_one_straight_branch_as_long_as_it_is(height, width):
    mask = np.zeros((30, 30), bool)
    mask[10 : 10 + height, 5 : 5 + width] = True
    network = trace(mask)
    assert len(network.branches) == 1
    assert length_px(network) == pytest.approx(max(height, width), rel=0.05)


def test_an_empty_mask_gives_an_empty_network():
    network = trace(np.zeros((40, 50), bool))
    assert network.nodes.shape == (0, 2)
    assert network.branches == ()
    assert network.crack_of_branch.shape == (0,)


def test_a_full_mask_is_one_crack():
    mask = np.ones((40, 50), bool)
    (crack,) = measure(trace(mask), mask)
    assert crack.area_px == 2000


@pytest.mark.parametrize("angle_deg", [0, 45, 90, 135])
def test_a_crack_that_leaves_the_photo_ends_on_its_border(angle_deg):
    line = straight(600, angle_deg)
    mask = draw_mask([line - line.mean(axis=0) + 99.5], 5, SHAPE)
    network = trace(mask)
    assert length_px(network) == pytest.approx(200 * (2**0.5 if angle_deg % 90 else 1), rel=0.02)
    assert mean_width_px(network) == pytest.approx(5, abs=0.5)


def test_diagonal_lines_of_even_thickness_survive_thinning():
    # skimage.morphology.skeletonize leaves a single pixel of this staircase
    rows = np.arange(60)
    mask = np.zeros((70, 70), bool)
    mask[rows, rows] = mask[rows, rows + 1] = True
    assert length_px(trace(mask)) == pytest.approx(60 * 2**0.5, rel=0.03)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.floats(0.5, 4), st.floats(0.2, 0.8))
def test_thinning_is_that_of_the_whole_image(seed, blur_px, share):
    noise = cv2.GaussianBlur(np.random.default_rng(seed).random((40, 45)), (0, 0), blur_px)
    mask = noise < np.quantile(noise, share)
    rows, cols = np.nonzero(mask)
    thinned = np.zeros_like(mask)
    thinned[rows, cols] = thin(rows, cols, mask.shape)
    assert np.array_equal(thinned, thin_whole_image(mask))


@settings(max_examples=25)
@given(st.floats(0, 180), st.integers(4, 14), st.floats(0.5, 2))
def test_turning_the_photo_by_a_quarter_keeps_length_and_width(angle_deg, width_px, bend):
    drawn = draw_crack(wave(20 * width_px, bend * width_px, 14 * width_px, angle_deg), width_px)
    network, turned = trace(drawn.mask), trace(np.ascontiguousarray(np.rot90(drawn.mask)))
    assert length_px(turned) == pytest.approx(length_px(network), rel=0.03)  # both within 2 % of the truth
    assert mean_width_px(turned) == pytest.approx(mean_width_px(network), abs=0.15)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.floats(0.8, 4), st.floats(0.05, 0.6))
def test_any_mask_gives_a_network_that_keeps_its_promises(seed, blur_px, share):
    noise = cv2.GaussianBlur(np.random.default_rng(seed).random((60, 70)), (0, 0), blur_px)
    mask = noise < np.quantile(noise, share)
    network = trace(mask)
    filled = fill_pores(
        find_components(mask), MAX_PORE_PX
    ).mask()  # joins what lies in a pore with what is around it
    count = cv2.connectedComponents(filled.astype(np.uint8), connectivity=8)[0] - 1
    assert sorted(set(network.crack_of_branch.tolist())) == list(range(1, count + 1))
    for branch in network.branches:
        assert len(branch.path) == len(branch.width_px) >= 2
        assert (branch.path >= -0.5).all()
        assert (branch.path <= np.array(mask.shape) - 0.5).all()
        assert np.hypot(*np.diff(branch.path, axis=0).T).max() <= 1.5
        assert np.allclose(branch.path[0], network.nodes[branch.start])
        assert np.allclose(branch.path[-1], network.nodes[branch.end])


@pytest.mark.parametrize("side_px", [40, 300])
def test_half_widths_are_found_however_wide_the_region_and_wherever_it_lies(side_px):
    mask = np.zeros((700, 1400), bool)
    mask[200 : 200 + side_px, 300:1200] = True  # over several of the squares that are looked at one by one
    chains = skeleton_graph(find_components(mask)).chains
    inner = np.concatenate([chain.points for chain in chains])
    inner = inner[(inner[:, 1] > 300 + side_px) & (inner[:, 1] < 1200 - side_px)]
    assert len(inner) > 200
    assert inner[:, 2] == pytest.approx(side_px / 2, abs=1)


def test_the_border_of_the_photo_is_an_edge():
    mask = np.ones((30, 90), bool)
    (chain,) = (one for one in skeleton_graph(find_components(mask)).chains if len(one.points) > 30)
    assert chain.points[len(chain.points) // 2, 2] == pytest.approx(15, abs=1)


@pytest.mark.parametrize("width_px", [3.0, 6.0, 12.0, 24.0])
@pytest.mark.parametrize("slant_deg", [15.0, 30.0, 45.0, 60.0])
def test_a_crack_that_meets_the_border_at_a_slant_ends_in_the_middle_of_its_width(width_px, slant_deg):
    """From border to border its middle is as long as the photo is high, by the cosine of the slant."""
    slope = np.tan(np.radians(slant_deg))
    line = between((-60, 350 - 210 * slope), (360, 350 + 210 * slope))
    mask = coverage([outline(line, np.full(len(line), width_px))], (300, 700)) >= 0.5
    network = trace(mask)
    [branch] = network.branches
    true_px = 300 / np.cos(np.radians(slant_deg))
    assert length_px(network) == pytest.approx(true_px, rel=0.005)
    ends = sorted(branch.path[[0, -1]].tolist())
    for (row, col), sign in zip(ends, (-1, 1)):
        assert row == pytest.approx(149.5 + sign * 150, abs=0.5)
        assert col == pytest.approx(350 + sign * 150 * slope, abs=(1 + 0.1 * width_px) * true_px / 300)
