"""``python -m emobench`` is ``emobench``."""

from emobench.cli import main

main()
