//! What the masks of most columns cost in memory: nothing for a field, once their buffers have grown.

use super::{Context, Output, Run, Value, key, rule, shape};

/// Masks, their parameters, a column, and inputs of it.
const HOT: &[(&str, &str, &str, &[&str])] = &[
    ("zip3", "", "text", &["90210-1234", "03602", "Maria"]),
    ("round", "", "int8", &["4251", "-7"]),
    ("truncate", "", "date", &["1987-06-05", "infinity"]),
    ("choice", "[a, b]", "text", &["waiting", "x"]),
    ("digits", "", "text", &["AB-123.456/7", "078-05-1120", "no digits"]),
    ("digits", "", "int8", &["4711", "-9223372036854775808"]),
    ("permute", "{ range: 1..1000000 }", "int8", &["4711", "1"]),
    ("partial", "{ last: 4 }", "text", &["4929123456789012", "María"]),
    ("partial", "{ kind: email }", "text", &["maria@shop.test"]),
    ("partial", "{ kind: card }", "text", &["4929 1234 5678 9012"]),
    ("date_shift", "{ within: 30d }", "date", &["1987-06-05"]),
    ("date_shift", "{ within: 9d }", "timestamp", &["2024-02-29 12:00:00"]),
    ("name", "", "text", &["Maria Lopez", "x"]),
    ("first_name", "", "text", &["Maria"]),
    ("last_name", "", "text", &["Lopez"]),
    ("name", "{ locale: de_DE }", "text", &["Maria Lopez"]),
    ("email", "", "text", &["maria@shop.test", "x"]),
    ("email", "{ host: keep }", "text", &["maria@shop.test"]),
    ("email", "{ host: each }", "text", &["maria@Shop.test", "x"]),
    ("username", "", "text", &["mlopez"]),
    ("phone", "", "text", &["+1 (415) 867-5309", "+34 612 345 678", "call Maria"]),
    ("ip", "", "inet", &["81.2.69.142", "2a02:8071::1/64"]),
    ("ip", "", "text", &["81.2.69.142", "2a02:8071::1/64", "x"]),
    ("uuid", "", "uuid", &["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]),
    ("uuid", "", "text", &["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "x"]),
    ("card", "", "text", &["4929 1234 5678 9012", "371234567890123", "x"]),
    ("hash", "", "text", &["tok_4242"]),
    ("hash", "{ length: 8 }", "bytea", &["\\x00ff"]),
];

#[test]
fn a_field_is_masked_without_an_allocation() {
    let mut wrong = String::new();
    for (name, params, column, inputs) in HOT {
        let run = Run::new(&rule(name, params), &shape(column), &key(0));
        let mut scratch = vec![Vec::new(); inputs.len()];
        let values: Vec<Value<'_>> = inputs
            .iter()
            .zip(&mut scratch)
            .map(|(input, scratch)| run.field.decode_text(input.as_bytes(), scratch).expect("a readable input"))
            .collect();
        let by = Some(Value::Integer(7)).filter(|_| *name == "date_shift");
        let (mut context, mut output) = (Context::new(&run.compiled.domain, by), Output::default());
        let mut round = || {
            for value in &values {
                (run.compiled.function)(*value, &mut context, &mut output).expect("a masked value");
            }
        };
        // Buffers grow, and permutations are made, once.
        round();
        let counted = allocation_counter::measure(round).count_total;
        if counted > 0 {
            wrong += &format!("{name} {params} on {column}: {counted} for {} fields\n", values.len());
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
