"""Where the repository is. The package under test may be installed elsewhere: CI tests the built wheel."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]

SERVERS: Final = ROOT / ".servers"
"""What ``make servers`` builds."""
