//! A throw-away server from installed binaries, for the demo and the tests.
