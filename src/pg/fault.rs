//! A server error without its text: what happened, to which object; the one choke point for messages.
