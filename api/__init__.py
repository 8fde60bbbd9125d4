"""The two ways in that people touch: the HTTP service (``http``) and the command line (``cli``)."""
