"""The sections of a board as values that every format renders."""
