//! Which rows come: policies → SELECT.
