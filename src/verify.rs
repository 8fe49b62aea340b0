//! Proves a clone before it is published.
