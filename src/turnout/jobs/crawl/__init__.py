"""Crawl sites politely, with a frontier on disk, into an index."""
