"""The command line: ``main`` wires it, one module a group of commands, ``terminal`` draws.

Modules here import what they need inside the commands, so that ``huawen --help`` is instant.
"""

from api.cli.main import main

__all__ = ["main"]
