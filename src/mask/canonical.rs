//! The one form of a value that the pseudo-random function sees, whatever the type of its column.

use crate::pg::value::{Value, print};

/// Appends the canonical bytes of a value: the same for an email in text, citext and a JSON string, for 42 in a smallint,
/// a bigint and a text, for a uuid and its lower-case text, for 1.50 and 1.5 as numbers.
pub fn canonical(value: Value<'_>, to: &mut Vec<u8>) {
    let start = to.len();
    match value {
        Value::Float(0.0) => to.push(b'0'),
        _ => print(value, to),
    }
    if let Value::Decimal(_) = value {
        without_trailing_zeros(start, to);
    }
}

/// Takes the zeros at the end of a fraction away, and the point with the last of them.
fn without_trailing_zeros(start: usize, to: &mut Vec<u8>) {
    let number = &to[start..];
    if !number.contains(&b'.') || number.iter().any(|byte| matches!(byte, b'e' | b'E')) {
        return;
    }
    while to.last() == Some(&b'0') {
        to.pop();
    }
    if to.last() == Some(&b'.') {
        to.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(value: Value<'_>) -> String {
        let mut to = Vec::new();
        canonical(value, &mut to);
        String::from_utf8(to).expect("text")
    }

    #[test]
    fn the_type_of_the_column_does_not_show() {
        for value in [Value::Text("42"), Value::Integer(42), Value::Decimal("42.00"), Value::Float(42.0)] {
            assert_eq!(bytes(value), "42", "{value:?}");
        }
        assert_eq!(bytes(Value::Decimal("100")), "100");
        assert_eq!(bytes(Value::Decimal("-0.50")), "-0.5");
        assert_eq!(bytes(Value::Float(-0.0)), "0");
        assert_eq!(bytes(Value::Date(0)), "2000-01-01");
        assert_eq!(bytes(Value::Timestamp(-1)), "1999-12-31 23:59:59.999999");
        assert_eq!(bytes(Value::Uuid([0xab; 16])), "abababab-abab-abab-abab-abababababab");
        assert_eq!(bytes(Value::Boolean(true)), "true");
        assert_eq!(bytes(Value::Network("10.0.0.1".parse().expect("address"), 32)), "10.0.0.1");
    }
}
