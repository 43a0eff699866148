"""Models of facial expressions that others have fitted, for emobench."""
