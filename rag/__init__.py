"""A question into a proved, cited answer."""
