"""Who persuades whom, in which topic, through which purchases, and what it is worth."""

__version__ = "0.1.0"
