//! One file per command: open, read, plan, do, show.
