"""Train a network that says whether there is a crack at all."""
