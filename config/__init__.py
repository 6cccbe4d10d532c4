"""Settings, sector files and rights holders' packs: read, checked, and turned into typed values."""

from config.load import Checked, Config, PackFile, check, load_config
from config.schemas import KINDS, schema
from config.shown import ShownSetting, show

__all__ = ["KINDS", "Checked", "Config", "PackFile", "ShownSetting", "check", "load_config", "schema", "show"]
