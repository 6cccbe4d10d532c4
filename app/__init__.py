"""Composition: the one place that knows every package. Worker, pipeline, timetable and command line."""
