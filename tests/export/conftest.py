"""What the tests of the exporter collect: golden files are texts to compare with, no tests."""

collect_ignore = ["golden"]
