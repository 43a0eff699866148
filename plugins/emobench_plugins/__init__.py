"""Built-in plugins: one module a plugin."""
