//! Bytes of a feed, a section page or a sitemap in; entries and warnings out. Pure.
