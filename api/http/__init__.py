"""The HTTP service, in the order of a request: middleware, routes, schemas, render, problems."""
