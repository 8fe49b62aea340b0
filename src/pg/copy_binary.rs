//! COPY in binary format: frames, fields, NULL; no I/O.
