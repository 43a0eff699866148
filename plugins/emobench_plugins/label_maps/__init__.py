"""The built-in label maps."""
