"""``crackwise data``: labelled photos in, checked, parted, seen, augmented, and out again."""
