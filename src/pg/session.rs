//! Source (read only, one exported snapshot) and Target (never production).
