//! `mac`: hardware addresses of no maker.

use super::{Accepts, COMMON, Example, Family, Spec, Uniqueness, Value};

/// The mask.
pub const MAC: Spec = Spec {
    name: "mac",
    also: &["mac_address", "macaddr", "mac_addr"],
    summary: "A locally administered hardware address, which no maker gives out.",
    docs: "Six bytes, or eight for a value of eight; the second lowest bit of the first byte is set and the lowest is not (IEEE 802). \
           In text six bytes with colons.",
    accepts: Accepts::Families(&[Family::Mac, Family::Text]),
    uniqueness: |_, _| Uniqueness::Probable { bits: 46.0 },
    output: "locally administered addresses",
    examples: &[
        Example { column: "macaddr", params: "", input: "08:00:2b:01:02:03", output: "92:e8:23:5c:1c:ab" },
        Example { column: "text", params: "", input: "08-00-2B-01-02-03", output: "92:e8:23:5c:1c:ab" },
    ],
    compile: |_, shape, _| {
        shape.needs(17, "a hardware address", "`hash: { length: 12 }`")?;
        let text = shape.family() == Some(Family::Text);
        Ok(Box::new(move |value, context, output| {
            let mut parsed = [0; 6];
            // One address is one address, however it is written.
            let value = match value {
                Value::Text(text) if parse(text, &mut parsed) => Value::Mac(&parsed),
                other => other,
            };
            let length = if let Value::Mac(bytes) = value { bytes.len().min(8) } else { 6 };
            let mut bytes = context.draw(value).bits().to_le_bytes();
            bytes[0] = bytes[0] & 0xfc | 0x02;
            if text {
                let to = output.text();
                for (at, byte) in bytes[..6].iter().enumerate() {
                    if at > 0 {
                        to.push(b':');
                    }
                    to.extend([byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]));
                }
            } else {
                output.bytes().extend_from_slice(&bytes[..length]);
            }
            Ok(())
        }))
    },
    ..COMMON
};

/// Reads twelve hex digits with `:`, `-` or `.` between them.
fn parse(text: &str, to: &mut [u8; 6]) -> bool {
    let mut count = 0;
    for byte in text.bytes() {
        match (byte as char).to_digit(16) {
            Some(digit) if count < 12 => {
                to[count / 2] = to[count / 2] << 4 | digit as u8;
                count += 1;
            }
            None if matches!(byte, b':' | b'-' | b'.') => {}
            _ => return false,
        }
    }
    count == 12
}
