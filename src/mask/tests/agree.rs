//! What must agree does: one value in every place, one person in every column.

use super::{MaskRef, Normal, Run, Value, key, rule, shape};

#[test]
fn one_value_has_one_stand_in_wherever_it_stands() {
    let (text, json) = (Run::of("email", "", "text"), Run::of("json", "{ fields: { \"a[*].b\": email } }", "jsonb"));
    let masked = text.mask("maria@shop.test").expect("an email");
    let document = json.mask(r#"{"a": [{"b": "maria\u0040shop.test"}]}"#).expect("a document");
    assert_eq!(document, format!(r#"{{"a":[{{"b":"{masked}"}}]}}"#));
    assert_eq!(Run::of("ip", "", "text").mask("81.2.69.142"), Run::of("ip", "", "inet").mask("81.2.69.142"));
    assert_eq!(Run::of("digits", "", "text").mask("4711"), Run::of("digits", "", "int2").mask("4711"));
    assert_eq!(Run::of("email", "", "text").mask("42"), Run::of("email", "", "varchar(60)").mask("42"));
}

#[test]
fn a_uuid_stays_as_it_is_written_and_each_spelling_apart() {
    let (text, uuid) = (Run::of("uuid", "", "text"), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    let masked = Run::of("uuid", "", "uuid").mask(uuid).expect("a uuid");
    let forms = |uuid: &str| {
        let bare = uuid.replace('-', "");
        [
            uuid.to_owned(),
            uuid.to_uppercase(),
            bare.clone(),
            bare.to_uppercase(),
            format!("{{{uuid}}}"),
            format!("{{{}}}", uuid.to_uppercase()),
        ]
    };
    for (spelling, expected) in forms(uuid).iter().zip(forms(&masked)) {
        assert_eq!(text.mask(spelling), Some(expected), "{spelling}");
    }
    assert_eq!(text.mask(&format!("urn:uuid:{uuid}")), Some(format!("urn:uuid:{masked}")));
    assert_eq!(
        text.mask(&format!("urn:uuid:{}", uuid.to_uppercase())),
        Some(format!("urn:uuid:{}", masked.to_uppercase()))
    );
    let mixed = text.mask("A0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11").expect("a uuid");
    assert!(!masked.eq_ignore_ascii_case(&mixed) && uuid::Uuid::try_parse(&mixed).is_ok(), "{mixed}");
    let short = Run::of("uuid", "", "varchar(32)");
    assert_eq!(short.mask(&uuid.replace('-', "")), Some(masked.replace('-', "")));
    assert_eq!(short.mask("x").map(|text| text.len()), Some(32));
}

#[test]
fn one_person_stays_one_person() {
    let run = |name: &str| {
        let rule = MaskRef { by: Some("id".into()), ..rule(name, "") };
        Run::new(&rule, &shape("text"), &key(0))
    };
    let [name, first, last, email] = ["name", "first_name", "last_name", "email"].map(run);
    for id in 0..200 {
        let of = |run: &Run, by: Value<'_>| run.mask_by("x", Some(by)).expect("a name");
        let full = of(&name, Value::Integer(id));
        assert_eq!(full, format!("{} {}", of(&first, Value::Integer(id)), of(&last, Value::Decimal(&id.to_string()))));
        let start: String = full.split(' ').next().expect("first").to_lowercase().chars().take(8).collect();
        assert!(of(&email, Value::Text(&id.to_string())).starts_with(&start));
    }
}

#[test]
fn one_person_agrees_with_itself_in_every_language() {
    for locale in crate::synth::CODES {
        let run = |name: &str| {
            let params = format!("{{ locale: {locale} }}");
            Run::new(&MaskRef { by: Some("id".into()), ..rule(name, &params) }, &shape("text"), &key(0))
        };
        let [name, first, last, title, gender] = ["name", "first_name", "last_name", "title", "gender"].map(run);
        let titles = crate::synth::locale(locale).language.titles;
        for id in 0..100 {
            let of = |run: &Run| run.mask_by("x", Some(Value::Integer(id))).expect("a text");
            let full = of(&name);
            assert!(full.contains(&of(&first)) && full.contains(&of(&last)), "{locale}: {full}");
            let female = of(&gender) == "female";
            assert_eq!(of(&title), titles[usize::from(!female)], "{locale}: {full}");
        }
        let women = Run::of("gender", &format!("{{ locale: {locale}, gender: female }}"), "text");
        assert!((0..50).all(|id| women.mask(&id.to_string()).as_deref() == Some("female")));
    }
    let of = |name: &str| Run::new(&MaskRef { by: Some("id".into()), ..rule(name, "") }, &shape("text"), &key(0));
    let (first, title) = (of("first_name"), of("title"));
    for id in 0..2000 {
        let by = |run: &Run| run.mask_by("x", Some(Value::Integer(id))).expect("a text");
        let wrong = match by(&first).as_str() {
            "Maria" | "Anna" | "Emily" => "Mr.",
            "John" | "Peter" | "Oscar" => "Ms.",
            _ => continue,
        };
        assert_ne!(by(&title), wrong);
    }
}

#[test]
fn one_subject_is_one_person_in_every_domain() {
    let run = |domain: &str, name: &str, subject: Option<&str>| {
        let subject = subject.map(str::to_owned);
        let rule = MaskRef { by: Some("id".into()), domain: domain.to_owned(), subject, ..rule(name, "") };
        Run::new(&rule, &shape("text"), &key(0)).mask_by("x", Some(Value::Integer(7))).expect("a name")
    };
    let full = run("staff_name", "name", Some("users.id"));
    assert!(full.starts_with(&run("first_name", "first_name", Some("users.id"))));
    assert_ne!(full, run("staff_name", "name", Some("patients.id")));
    assert_ne!(full, run("staff_name", "name", None));
}

#[test]
fn an_address_agrees_with_its_parts() {
    for locale in crate::synth::CODES {
        let run = |name: &str, params: &str| {
            let params = format!("{{ locale: {locale}{params} }}");
            Run::new(&MaskRef { by: Some("id".into()), ..rule(name, &params) }, &shape("text"), &key(0))
        };
        let parts = [run("street", ""), run("city", ""), run("postcode", "")];
        let (address, state) = (run("address", ""), run("state", ", form: code"));
        for id in 0..50 {
            let of = |run: &Run| run.mask_by("x", Some(Value::Integer(id))).expect("a text");
            let whole = of(&address);
            assert!(parts.iter().all(|part| whole.contains(&of(part))), "{locale}: {whole}");
            assert!(*locale != "en" || whole.contains(&of(&state)), "{whole}");
        }
    }
}

#[test]
fn a_domains_normal_form_makes_one_of_what_means_the_same() {
    let rule = MaskRef { normalise: vec![Normal::Trim, Normal::Lower], ..rule("email", "") };
    let run = Run::new(&rule, &shape("text"), &key(0));
    assert_eq!(run.mask(" Maria@Shop.Test"), run.mask("maria@shop.test"));
    assert_eq!(run.mask("maria@shop.test"), Run::of("email", "", "text").mask("maria@shop.test"));
    assert_eq!(run.mask("  ").map(|email| email.contains('@')), Some(true));
}
