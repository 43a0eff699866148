"""Plugins that listen to runs."""
