"""A site's configuration file → what `voltloom run` needs, or every mistake in it at once, by path."""

from voltloom.live.config.places import place_of
from voltloom.live.config.reading import Config, config_of, load_config

__all__ = ["Config", "config_of", "load_config", "place_of"]
