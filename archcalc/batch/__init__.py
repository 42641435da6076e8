"""Batches: many files checked, each by itself, in several processes, and those that are as they were not again."""
