"""Articles into an index, and passages out of it. Imports none of the other packages."""
