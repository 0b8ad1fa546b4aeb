"""Pages and tables that people read, made from results; never grades and never sees a check's config."""
