"""From photo to Inspection with an exported model; never PyTorch."""
