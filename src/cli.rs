//! The command line: the top-level enum, dispatch, errors to messages and exit codes.
