"""Every figure of merit of the field, named, defined and with its source.

``FIGURES`` is the table that the command, ``scores.json``, the report and the docs are made from.
"""

from functools import partial

import numpy as np

from crackwise.score.figure import Figure
from crackwise.score.formulas import (
    FALSE,
    MISSED,
    accuracy,
    average_precision,
    centreline_iou,
    crack_free_mean,
    dice,
    edged,
    iou,
    iou_with_background,
    mean,
    ods,
    ois_mean,
    ois_pooled,
    per_photo,
    plain,
    pooled,
    precision,
    recall,
    tolerant_f1,
)
from crackwise.score.stack import Stack

_MEAN_OF = "mean over the photos of"
_SPREAD = "the usual figure of the field; khanhha's crack segmentation states it ± standard deviation"
_POOLED_SOURCE = "Long, Shelhamer and Darrell 2015 (mean IU); DeepCrack, Liu et al. 2019"
_TOLERANT_SOURCE = "Amhaz et al. 2016 and Fan et al. 2018 (2 px); Shi et al. 2016, CrackForest (5 px)"
_EDGE_SOURCE = "Martin, Fowlkes and Malik 2004; Arbeláez et al. 2011 (BSDS500)"

FIGURES: dict[str, Figure] = {
    "iou_mean": Figure(
        "IoU, per photo",
        "pixels",
        f"{_MEAN_OF} found / (found + false + missed); 1 where nothing is true and nothing marked",
        _SPREAD,
        partial(mean, "iou"),
    ),
    "dice_mean": Figure(
        "Dice (F1), per photo",
        "pixels",
        f"{_MEAN_OF} 2 found / (2 found + false + missed)",
        _SPREAD,
        partial(mean, "dice"),
    ),
    "precision_mean": Figure(
        "precision, per photo",
        "pixels",
        f"{_MEAN_OF} found / marked; 1 where nothing is marked",
        "course and thesis projects on crack segmentation",
        partial(mean, "precision"),
    ),
    "recall_mean": Figure(
        "recall, per photo",
        "pixels",
        f"{_MEAN_OF} found / true; 1 where nothing is true",
        "course and thesis projects on crack segmentation",
        partial(mean, "recall"),
    ),
    "accuracy_mean": Figure(
        "accuracy, per photo",
        "pixels",
        f"{_MEAN_OF} (found + sound) / all; says little: an empty mask often has 0.95 or more",
        "course and thesis projects on crack segmentation",
        partial(mean, "accuracy"),
    ),
    "iou_with_background_mean": Figure(
        "mean IoU with background, per photo",
        "pixels",
        f"{_MEAN_OF} the average of the IoU of the crack and that of the background",
        "widely given as mIoU; the background alone is good for nearly 0.5",
        partial(mean, "iou_with_background"),
    ),
    "iou_pooled": Figure(
        "IoU, pooled",
        "pixels",
        "found / (found + false + missed) over the pixels of all photos together",
        "Everingham et al. 2010 (PASCAL VOC)",
        partial(pooled, iou),
    ),
    "dice_pooled": Figure(
        "Dice (F1), pooled",
        "pixels",
        "2 found / (2 found + false + missed) over all pixels",
        "Liu et al. 2019 (DeepCrack) at its fixed threshold",
        partial(pooled, dice),
    ),
    "precision_pooled": Figure(
        "precision, pooled",
        "pixels",
        "found / marked over all pixels",
        _POOLED_SOURCE,
        partial(pooled, precision),
    ),
    "recall_pooled": Figure(
        "recall, pooled",
        "pixels",
        "found / true over all pixels",
        _POOLED_SOURCE,
        partial(pooled, recall),
    ),
    "accuracy_pooled": Figure(
        "accuracy, pooled",
        "pixels",
        "(found + sound) / all over all pixels (global accuracy)",
        _POOLED_SOURCE,
        partial(pooled, accuracy),
    ),
    "iou_with_background_pooled": Figure(
        "mean IoU with background, pooled",
        "pixels",
        "the average of the pooled IoU of the crack and that of the background",
        _POOLED_SOURCE,
        partial(pooled, iou_with_background),
    ),
    "false_px_per_photo": Figure(
        "false positives a photo",
        "pixels",
        "pixels that are marked and are no crack, mean over the photos",
        "plain count",
        partial(per_photo, FALSE),
        kind="px",
    ),
    "missed_px_per_photo": Figure(
        "false negatives a photo",
        "pixels",
        "pixels of cracks that are not marked, mean over the photos",
        "plain count",
        partial(per_photo, MISSED),
        kind="px",
    ),
    "ods": Figure(
        "ODS",
        "thresholds",
        "best F1 of the pooled pixels over one threshold for all photos, 0.01 to 0.99, chosen on these very "
        "photos; without tolerance and thinning, as in the public evaluation code of most crack papers",
        f"{_EDGE_SOURCE}; Liu et al. 2019",
        partial(plain, ods),
        is_optimistic=True,
    ),
    "ois": Figure(
        "OIS",
        "thresholds",
        "mean over the photos of the best F1 of each photo at its own threshold, as crack papers have it; "
        "of a photo without cracks 1 where the highest threshold marks nothing, else 0",
        "Liu et al. 2019; public evaluation code of crack papers",
        partial(plain, ois_mean),
        is_optimistic=True,
    ),
    "ois_pooled": Figure(
        "OIS, pooled",
        "thresholds",
        "F1 of the pixels pooled, each photo at its own best threshold (of equal ones the highest, as of "
        "every photo without cracks), as the edge benchmarks have it",
        _EDGE_SOURCE,
        partial(plain, ois_pooled),
        is_optimistic=True,
    ),
    "ap": Figure(
        "AP",
        "thresholds",
        "area under the curve of precision over recall of all pixels, as a sum of steps, 256 thresholds",
        "Everingham et al. 2010; the sum is scikit-learn's average_precision_score",
        partial(plain, average_precision),
    ),
    "aiu": Figure(
        "AIU",
        "thresholds",
        "IoU averaged over the thresholds 0.01 to 0.99, then over the photos",
        "Yang et al. 2019 (FPHB)",
        partial(mean, "aiu"),
    ),
    "ods_edges": Figure(
        "ODS with tolerance",
        "edges",
        "as ODS, where a pixel counts as right or found within 0.0075 of the diagonal; by distance alone, so "
        "at least as high as by the benchmarks' one-to-one assignment; without their thinning",
        _EDGE_SOURCE,
        partial(edged, ods),
        is_optimistic=True,
    ),
    "ois_edges": Figure(
        "OIS with tolerance",
        "edges",
        "as OIS, pooled, with that tolerance",
        _EDGE_SOURCE,
        partial(edged, ois_pooled),
        is_optimistic=True,
    ),
    "ap_edges": Figure(
        "AP with tolerance",
        "edges",
        "as AP, with that tolerance",
        _EDGE_SOURCE,
        partial(edged, average_precision),
    ),
    "mask_f1_2px": Figure(
        "mask F1, 2 px",
        "tolerance",
        "pooled F1, where a pixel within 2 px of the other mask counts as right or found",
        _TOLERANT_SOURCE,
        partial(tolerant_f1, 0),
    ),
    "mask_f1_5px": Figure(
        "mask F1, 5 px",
        "tolerance",
        "the same within 5 px",
        _TOLERANT_SOURCE,
        partial(tolerant_f1, 1),
    ),
    "centreline_f1_2px": Figure(
        "centreline F1, 2 px",
        "tolerance",
        "pooled F1 of the pixels of both skeletons (Zhang) within 2 px of each other; blind to width",
        f"{_TOLERANT_SOURCE}, on skeletons",
        partial(tolerant_f1, 2),
    ),
    "centreline_f1_5px": Figure(
        "centreline F1, 5 px",
        "tolerance",
        "the same within 5 px",
        f"{_TOLERANT_SOURCE}, on skeletons",
        partial(tolerant_f1, 3),
    ),
    "cliou_4px": Figure(
        "clIoU, 4 px",
        "tolerance",
        "pooled IoU of both skeletons, each dilated by a disk of 4 px",
        "Benz and Rodehorst 2024 (OmniCrack30k)",
        centreline_iou,
    ),
    "hd95_mean_px": Figure(
        "HD95",
        "distance",
        f"{_MEAN_OF} the 95th percentile of the distances between both outlines; 0 where both masks "
        "are empty, the diagonal of the photo where one is",
        "Huttenlocher et al. 1993, as MedPy's hd95 computes it",
        partial(mean, "hd95_px"),
        kind="px",
    ),
    "false_area_share": Figure(
        "area falsely marked",
        "pixels",
        "share of the area of the photos without cracks that is marked",
        "khanhha's noncrack photos; own",
        partial(crack_free_mean, lambda stack: (stack.pixels[:, FALSE], stack.pixels.sum(axis=1))),
        kind="error share",
        is_of_sound_photos=True,
    ),
    "false_crack_share": Figure(
        "photos with a false crack",
        "pixels",
        "share of the photos without cracks on which one is reported; of a tool that does not count "
        "cracks, on which anything is marked",
        "own",
        partial(crack_free_mean, lambda stack: (stack.reports_crack, np.ones_like(stack.reports_crack))),
        kind="error share",
        is_of_sound_photos=True,
    ),
    "false_large_share": Figure(
        "photos with a large false mark",
        "pixels",
        "share of the photos without cracks with a marked component above 50 px of area",
        "own",
        partial(crack_free_mean, lambda stack: (stack.has_large, np.ones_like(stack.has_large))),
        kind="error share",
        is_of_sound_photos=True,
    ),
}


def known_figures(stack: Stack) -> dict[str, Figure]:
    """Keep the figures that the counts allow."""
    has = {
        "pixels": True,
        "thresholds": stack.has_probability,
        "edges": stack.edge_curves is not None and stack.has_probability,
        "tolerance": stack.tolerant is not None,
        "distance": stack.distance_px is not None,
    }
    crack_free = bool(stack.is_crack_free.any())
    return {
        name: figure
        for name, figure in FIGURES.items()
        if has[figure.protocol] and (crack_free or not figure.is_of_sound_photos)
    }
