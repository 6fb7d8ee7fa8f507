"""From recipe to run folder to model file; PyTorch and Lightning."""
