"""The playground: an editor beside the page of what is typed, answered by this Python or by one in the browser."""
