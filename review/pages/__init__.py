"""The pages: server-rendered HTML that works without scripts; htmx only saves reloads."""
