"""What is checked of a bundle: a module for each thing that its cells are compared with."""
