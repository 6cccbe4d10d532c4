"""Settings, sector files and rights holders' packs: read, checked, and turned into typed values."""
