"""Built-in plugins: fusions."""
