//! Documents, arrays, ranges and row types.

use super::{Domains, MaskRef, Run, Uniqueness, compile, key, rule, shape};

#[test]
fn documents_keep_what_is_listed_and_nothing_else() {
    let run = Run::of(
        "json",
        "{ keep: [theme, \"flags.*\", \"address.country\", log], fields: { \"address.street\": street, \"contacts[*].email\": email, tags: hash, n: digits, \"log.who\": hash, \"b\": { constant: x } } }",
        "text",
    );
    for (input, output) in [
        (r#"{"theme" : {"a": 1.50, "a": 2 }, "ssn": "078"}"#, r#"{"theme":{"a": 1.50, "a": 2 }}"#),
        (r#"{"\u0074heme": "x"}"#, r#"{"\u0074heme":"x"}"#),
        (
            r#"{"flags": {"x": [1], "y": {"z": null}}, "address": {"street": null, "country": "ES", "zip": "1"}}"#,
            r#"{"flags":{"x":[1],"y":{"z": null}},"address":{"street":null,"country":"ES"}}"#,
        ),
        (r#"{"contacts": ["maria", {"name": "Maria"}, 5]}"#, r#"{"contacts":[null,{},null]}"#),
        (r#"{"contacts": "maria", "flags": "maria", "address": ["maria"]}"#, "{}"),
        (r#"["maria"]"#, "[]"),
        (r#""maria""#, "null"),
        (r#"{"theme": 1} maria"#, "null"),
        (r#"{"theme": [1}, "x": "maria"]"#, "null"),
        ("maria", "null"),
        (r#"{"tags": {"maria": 1}}"#, r#"{"tags":null}"#),
    ] {
        assert_eq!(run.mask(input).as_deref(), Some(output), "{input}");
    }
    let tags = run.mask(r#"{"tags": ["a", "b", ["c"], 1, null]}"#).expect("a document");
    let tags: serde_json::Value = serde_json::from_str(&tags).expect("JSON");
    let tags = tags["tags"].as_array().expect("tags");
    assert!(tags[0] != tags[1] && tags[2].is_null() && tags[3].is_string() && tags[4].is_null() && tags.len() == 5);
    let log = run.mask(r#"{"log": {"who": "maria\u0000", "at": 1.0}, "n": 4711}"#).expect("a document");
    assert!(log.contains(r#""at":1.0"#) && !log.contains("maria") && log.contains(r#""n":"#), "{log}");
}

#[test]
fn what_no_line_lists_may_be_erased_or_masked_by_its_looks() {
    let input = r#"{"id": 4711, "who": {"mail": "maria@shop.test", "maria@shop.test": 1, "ok": true, "tags": ["Maria", null, {"n": 1.50}]}, "4711": "x", "keep": {"Maria López": 1}}"#;
    let erased = Run::of("json", "{ keep: [keep], unlisted: erase }", "jsonb").mask(input);
    let expected =
        r#"{"id":null,"who":{"mail":null,"ok":null,"tags":[null,null,{"n":null}]},"keep":{"Maria López": 1}}"#;
    assert_eq!(erased.as_deref(), Some(expected));
    let masked = Run::of("json", "{ unlisted: mask }", "jsonb").mask(input).expect("a document");
    let document: serde_json::Value = serde_json::from_str(&masked).expect("JSON");
    let email = Run::of("email", "", "text").mask("maria@shop.test").expect("an email");
    let number = Run::of("digits", "", "int8").mask("4711").expect("a number");
    assert_eq!(document["who"]["mail"], email);
    assert_eq!(document["id"].to_string(), number);
    assert_eq!(document["who"]["ok"], false);
    assert!(!masked.contains("Maria") && !masked.contains("shop.test") && !masked.contains("1.50"), "{masked}");
    let deep = format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000));
    assert!(Run::of("json", "{ unlisted: erase }", "jsonb").mask(&deep).is_some_and(|text| text.contains("[null]")));
    let run = Run::of("hstore", "{ keep: [k], unlisted: mask }", "hstore");
    let masked = run.mask(r#""k"=>"x", "mail"=>"maria@shop.test", "a b"=>"1""#).expect("an hstore");
    assert_eq!(masked, format!(r#""k"=>"x", "mail"=>"{email}""#));
}

#[test]
fn a_mask_that_fits_an_element_fits_the_array_and_bounds_keep_their_order() {
    let one = |text| Run::of("email", "", "text").mask(text).expect("an email");
    let (a, b) = (one("a@x.test"), one("b@x.test"));
    let arrays = Run::of("email", "", "text[]");
    assert_eq!(arrays.compiled.uniqueness, Uniqueness::Preserved);
    let of = |text: &str| arrays.mask(text).expect("an array");
    assert_eq!(of("{a@x.test,NULL,\"\",b@x.test}"), format!("{{{a},NULL,\"\",{b}}}"));
    assert_eq!(of("[0:0][3:4]={{a@x.test,b@x.test}}"), format!("[0:0][3:4]={{{{{a},{b}}}}}"));
    assert_eq!(of("{}"), "{}");
    let domains = Domains::new(&key(0), 1);
    let refused = |name: &str, params: &str, by: Option<&str>, column: &str| {
        let rule = MaskRef { by: by.map(Into::into), ..rule(name, params) };
        compile(&rule, &shape(column), &domains)
            .err()
            .map(|why| format!("{}; {}", why.message, why.help.unwrap_or_default()))
    };
    assert!(refused("email", "", None, "varchar(20)[]").is_some_and(|why| why.contains("46 characters")));
    assert!(refused("email", "", Some("id"), "text[]").is_some_and(|why| why.contains("every element")));
    assert!(refused("date_shift", "{ within: 3d }", Some("id"), "date[]").is_none());
    assert!(refused("email", "", None, "int4[]").is_some_and(|why| why.contains("digits") && !why.contains("email,")));
    assert!(refused("email", "", None, "textrange").is_some());
    let ranges = Run::of("digits", "", "int4range");
    for low in (10..900).step_by(7) {
        let masked = ranges.mask(&format!("[{low},{})", low + 95)).expect("a range");
        let bounds: Vec<i64> =
            masked[1..masked.len() - 1].split(',').map(|bound| bound.parse().expect("a bound")).collect();
        assert!(bounds[0] <= bounds[1] && masked.starts_with('[') && masked.ends_with(')'), "{masked}");
    }
    assert_eq!(ranges.mask("empty").as_deref(), Some("empty"));
    assert!(ranges.mask("(,17]").is_some_and(|range| range.starts_with("(,") && range != "(,17]"));
    assert!(ranges.mask("{[1000,2000),[3000,)}").is_some_and(|ranges| ranges.ends_with(",)}")));
}

#[test]
fn rows_are_masked_by_field() {
    let column = "(street text, city text, country text)";
    let street = Run::of("street", "", "text").mask("4 High Street").expect("a street");
    let run = Run::of("composite", "{ fields: { street: street }, keep: [country] }", column);
    assert_eq!(run.mask("(\"4 High Street\",Sevilla,ES)"), Some(format!("(\"{street}\",,ES)")));
    assert_eq!(run.mask("(,Sevilla,)").as_deref(), Some("(,,)"));
    let many = Run::of("composite", "{ fields: { street: street } }", &format!("{column}[]"));
    assert_eq!(
        many.mask(r#"{"(\"4 High Street\",Sevilla,ES)",NULL}"#),
        Some(format!(r#"{{"(\"{street}\",,)",NULL}}"#))
    );
    let domains = Domains::new(&key(0), 1);
    let refused = compile(&rule("composite", "{ keep: [contry] }"), &shape(column), &domains).err().expect("a refusal");
    assert_eq!(refused.help.as_deref(), Some("did you mean `country`? its fields: street, city, country"));
}
