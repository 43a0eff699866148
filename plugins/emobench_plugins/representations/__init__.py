"""Built-in plugins: representations."""
