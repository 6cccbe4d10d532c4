"""The API and pages for analysts, rights holders and operators: login, queue, cases, evidence, service state."""
