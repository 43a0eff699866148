"""What is checked in a bundle, one subject a module."""
