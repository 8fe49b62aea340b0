//! COPY in text format: lines, escapes, NULL; no I/O.
