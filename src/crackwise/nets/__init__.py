"""Networks; PyTorch."""
