//! Poolers in transaction mode: recognised by name where providers have one.

/// Why an address is a pooler's, and what to use instead.
pub(super) fn known_pooler(host: &str, port: u16) -> Option<(&'static str, &'static str)> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let first_label = host.split('.').next().unwrap_or_default();
    if port == 6543 && (host.ends_with(".pooler.supabase.com") || host.ends_with(".supabase.co")) {
        let help = "use port 5432 (session mode), or the direct connection string";
        return Some(("port 6543 of Supabase is a pooler in transaction mode, where sessions share backends", help));
    }
    if host.contains(".neon.") && first_label.ends_with("-pooler") {
        let help = "use the same host name without \"-pooler\"";
        return Some(("this host is Neon's pooler in transaction mode, where sessions share backends", help));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poolers_are_known_by_name() {
        let table = [
            ("aws-0-eu-central-1.pooler.supabase.com", 6543, true),
            ("aws-0-eu-central-1.pooler.supabase.com", 5432, false),
            ("db.abc.supabase.co", 6543, true),
            ("ep-cool-1-pooler.eu-central-1.aws.neon.tech", 5432, true),
            ("ep-cool-1.eu-central-1.aws.neon.tech", 5432, false),
            ("my-pooler.example.com", 5432, false),
            ("localhost", 6543, false),
        ];
        for (host, port, expected) in table {
            assert_eq!(known_pooler(host, port).is_some(), expected, "{host}:{port}");
        }
    }
}
