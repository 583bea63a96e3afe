"""One file a format: `extract(fetched, door)` yields drafts."""
