"""Train generators of crack photos, and let them make labelled sets."""
