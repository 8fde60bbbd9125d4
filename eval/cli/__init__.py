"""The commands below ``huawen eval``."""

from eval.cli.main import main

__all__ = ["main"]
