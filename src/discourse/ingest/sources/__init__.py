"""One file a kind of source: `read(spec, door)` yields an outcome an item."""
