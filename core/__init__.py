"""Records, hosts, errors and ports that every other package shares.

Nothing here performs I/O; the only third-party imports are ``idna`` and ``tldextract``.
"""

__version__ = "0.1.0"
