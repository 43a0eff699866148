"""Built-in plugins: protocols."""
