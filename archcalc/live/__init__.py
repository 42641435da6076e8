"""A spec on a page of this machine's browser, checked again at every save."""
