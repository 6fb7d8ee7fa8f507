"""How rare cracks are in a training set."""

from crackwise.training.sources import SourceSamples, read_labelled


def count_crack_share(sources: tuple[SourceSamples, ...]) -> float:
    """Count the share of the known pixels that are crack, over the whole photos of all training parts.

    A source counts by its weight in the recipe, as it does in the crops. Crops that are placed on cracks hold
    more crack than this.
    """
    weights = [source.recipe.weight for source in sources]
    shares = [_share(source) for source in sources]
    return sum(weight * share for weight, share in zip(weights, shares)) / sum(weights)


def _share(source: SourceSamples) -> float:
    if source.recipe.kind == "negatives":
        return 0.0
    crack_px = known_px = 0
    for sample in source.training:
        _, line, unknown = read_labelled(sample, source.recipe)
        crack_px += int((line & ~unknown).sum())
        known_px += int((~unknown).sum())
    return crack_px / max(known_px, 1)
