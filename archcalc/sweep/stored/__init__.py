"""Designs in files and folders: Parquet, Arrow and CSV, in numbered pieces that any executor runs."""
