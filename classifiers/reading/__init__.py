"""The parts that turn a body into a :class:`core.records.Page`; :mod:`classifiers.page` puts them together."""
