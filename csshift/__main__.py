"""``python -m csshift`` is the command ``csshift``."""

from csshift.cli.main import run

run()
