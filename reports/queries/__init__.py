"""Pure questions to the case files: arguments in, frozen dataclasses out. The only door from reports to cases."""
