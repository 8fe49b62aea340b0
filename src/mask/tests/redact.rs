//! `redact`: what is found, what it becomes, and what stays.

use super::Run;

#[test]
fn what_is_found_has_the_stand_in_of_its_own_column() {
    let redact = Run::of("redact", "", "text");
    for (kind, value) in [
        ("email", "maria@shop.test"),
        ("email", "jos\u{e9}.o'neil+x@m\u{fc}ller.example"),
        ("email", "jose\u{301}@shop.test"),
        ("email", "root@localhost"),
        ("url", "https://shop.test/u/maria?id=7"),
        ("ip", "81.2.69.142"),
        ("ip", "2a02:8071:1::1"),
        ("iban", "DE89 3704 0044 0532 0130 00"),
        ("iban", "GB82WEST12345698765432"),
        ("card", "4242-4242-4242-4242"),
        ("card", "378282246310005"),
        ("phone", "+1 (415) 867-5309"),
        ("phone", "(415) 867-5309"),
        ("phone", "+34 612 345 678"),
        ("phone", "078-05-1120"),
        ("phone", "415\u{2013}867\u{2013}5309"),
        ("digits", "4242424242424241"),
    ] {
        let alone = Run::of(kind, "", "text").mask(value).expect("a stand-in");
        for (before, after) in
            [("", ""), ("Hello, ", "!"), ("(", ")"), ("\u{201c}", "\u{201d} ok"), ("<", ">"), ("to: ", ".\nBye")]
        {
            let masked = redact.mask(&format!("{before}{value}{after}")).expect("a text");
            assert_eq!(masked, format!("{before}{alone}{after}"), "{kind} {value}");
        }
    }
}

#[test]
fn nothing_of_what_is_found_survives_odd_neighbours() {
    let redact = Run::of("redact", "", "text");
    for (text, secrets) in [
        ("a:b:bea@shop.test", &["bea@", "shop.test"][..]),
        ("12:30:45maria@shop.test", &["maria"]),
        ("415 867 5309maria@shop.test", &["maria", "867"]),
        ("DE89 3704 0044 ABCD@shop.test", &["ABCD", "3704"]),
        ("DE89 3704 0044 0532 0130 00 PAID BY BEA", &["3704", "0532"]),
        ("tel4158675309x", &["8675309"]),
        ("2024-05-06 4158675309", &["8675309"]),
        ("ip81.2.69.142", &["69.142"]),
        ("https://maria:pw@shop.test/a?b=maria@shop.test", &["maria", "shop.test"]),
        ("a@b@maria@shop.test", &["maria", "shop.test"]),
        ("card 4242\u{a0}4242\u{a0}4242\u{a0}4242", &["4242\u{a0}4242"]),
        ("\u{664}\u{661}\u{665}\u{668}\u{666}\u{667}\u{665}\u{663}\u{660}\u{669}", &["\u{668}\u{666}\u{667}\u{665}"]),
        ("\u{1f600}maria@shop.test\u{1f600}", &["maria"]),
    ] {
        let masked = redact.mask(text).expect("a text");
        for secret in secrets {
            assert!(!masked.contains(secret), "{text}: {masked}");
        }
    }
}

#[test]
fn everything_else_stays() {
    let redact = Run::of("redact", "", "text");
    for text in [
        "Called at 12:30:45 on 2024-05-06, order 4711, std::string, a @ b, @maria, 08:00:2b:01:02:03.",
        "\u{0645}\u{0631}\u{062d}\u{0628}\u{0627} \u{1f600} 100 \u{20ac}",
        "@",
        "::",
    ] {
        assert_eq!(redact.mask(text).as_deref(), Some(text));
    }
    let bracketed = Run::of("redact", "{ fields: { email: { constant: \"[email]\" }, phone: erase } }", "text");
    assert_eq!(bracketed.mask("maria@shop.test, 415-867-5309.").as_deref(), Some("[email], ."));
    let short = Run::of("redact", "", "varchar(20)").mask("mail bea@shop.test").expect("a text");
    assert!(short.chars().count() == 18 && !short.contains('@'), "{short}");
}

#[test]
fn a_long_text_is_read_in_linear_time() {
    let redact = Run::of("redact", "", "text");
    let begun = std::time::Instant::now();
    for part in ["123a", "1:2:", "a@", "DE12 ", "bea@shop.test ", "3f2a123b", "12 ab ", "(1)", "@@"] {
        redact.mask(&part.repeat(200_000 / part.len())).expect("a text");
    }
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}
