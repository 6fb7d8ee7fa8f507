"""Inspections turned into what is handed on: overlays, tables, annotation files, a page."""
