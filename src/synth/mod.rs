//! Plausible values: the only user of `fake`; masks and seeding share it.
