"""Reports render a result; they compute nothing."""
