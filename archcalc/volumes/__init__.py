"""Lecture pictures: feature maps as volumes in perspective, laid out as papers draw them."""
