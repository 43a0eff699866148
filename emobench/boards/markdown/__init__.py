"""A board as Markdown."""
