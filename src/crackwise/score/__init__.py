"""Figures of merit, the same code for every model."""
