//! Databases as a whole: create, rename, drop, end sessions, marker.
