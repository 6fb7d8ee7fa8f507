"""Samples on disk: one canonical layout, drawing, labels, augmentation."""
