"""Adapters: the questions of a public or own set as evaluation cases."""
