"""What the records of a case file share with all others."""

from kim.records import NOT_YOUR_FORM, ChangedMeanwhile, FormKey, Versioned

__all__ = ["NOT_YOUR_FORM", "ChangedMeanwhile", "FormKey", "Versioned"]
