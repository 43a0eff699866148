"""Tests of emobench; they need no network, no GPU and no dataset."""
