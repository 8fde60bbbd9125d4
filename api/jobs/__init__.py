"""Ingestion beside the server: one worker process that embeds, so that the server never does."""
