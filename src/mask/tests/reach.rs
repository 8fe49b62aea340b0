//! Outputs live where they reach nobody.

use super::Run;

#[test]
fn outputs_reach_nobody() {
    let email = Run::of("email", "", "text");
    let (ip, cidr, ip_text) = (Run::of("ip", "", "inet"), Run::of("ip", "", "cidr"), Run::of("ip", "", "text"));
    let (card, phone) = (Run::of("card", "", "text"), Run::of("phone", "", "text"));
    for at in 0..5000 {
        let masked = email.mask(&format!("user{at}")).expect("an email");
        assert!(masked.ends_with("@example.com") && masked.to_lowercase() == masked, "{masked}");
        for run in [&ip, &ip_text] {
            let v4 = run.mask(&format!("{}.{}.3.4", at % 256, at / 256)).expect("an address");
            assert!(v4.starts_with("198.18.") || v4.starts_with("198.19."), "{v4}");
            assert!(
                run.mask(&format!("2a02::{at:x}/64"))
                    .is_some_and(|v6| v6.starts_with("2001:db8:") && v6.ends_with("/64"))
            );
        }
        let network = cidr.mask(&format!("{}.{}.0.0/16", at % 256, at / 256)).expect("a network");
        assert!(network == "198.18.0.0/16" || network == "198.19.0.0/16", "{network}");
        let number = card.mask(&format!("{:016}", 4_000_000_000_000_000u64 + at * 991)).expect("a card");
        assert!(number.starts_with("400000") && number.len() == 16, "{number}");
        let us = phone.mask(&format!("+1 415-867-{at:04}")).expect("a number");
        assert!(&us[6..13] == "-555-01" && us.len() == 15 && !us.contains("11-555"), "{us}");
        let spain = phone.mask(&format!("+34 61234{at:04}")).expect("a number");
        assert!(spain.starts_with("+34 00"), "{spain}");
    }
    let (private, keep) = (Run::of("ip", "{ network: private }", "inet"), Run::of("ip", "{ network: keep }", "inet"));
    assert!(private.mask("81.2.69.142").is_some_and(|address| address.starts_with("10.")));
    assert!(private.mask("2a02::1").is_some_and(|address| address.starts_with("fd")));
    assert!(
        keep.mask("81.2.69.142").is_some_and(|address| address.starts_with("81.2.69.") && address != "81.2.69.142")
    );
    assert!(keep.mask("2a02:8071:1::1").is_some_and(|address| address.starts_with("2a02:8071:1:")));
    assert_eq!(Run::of("ip", "", "cidr").mask("10.0.0.0/8").as_deref(), Some("198.18.0.0/15"));
}
