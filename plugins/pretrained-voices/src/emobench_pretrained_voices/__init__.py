"""Pretrained encoders of voices for emobench."""
