"""The marker card: drawn as a PDF, found in a photo, and used to rectify the photo to its plane."""
