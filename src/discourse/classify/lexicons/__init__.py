"""Word lists as data: what introduces speech, who speaks, which terms are contested; one file a language."""
