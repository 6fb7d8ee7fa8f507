"""From a probability map to numbers: mask, network, measurements; numpy, scipy and OpenCV only."""
