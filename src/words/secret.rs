//! Things that must not be shown: the masking key and passwords. No `Debug`, no `Display`, wiped when dropped.

use base64::Engine as _;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The 256-bit key behind every keyed mask.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Key([u8; 32]);

/// Why a text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Neither 64 hex digits nor base64 of 32 bytes.
    #[error("a key is 64 hex digits or 32 bytes in base64")]
    Form,
    /// All bytes are equal, as in a key of zeros.
    #[error("the key is one byte repeated, which is no key")]
    Weak,
}

impl Key {
    /// Draws a new key from the operating system.
    pub fn random() -> std::io::Result<Self> {
        let mut bytes = [0; 32];
        std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom")?, &mut bytes)?;
        Ok(Key(bytes))
    }

    /// The key of these bytes.
    pub fn of(bytes: [u8; 32]) -> Self {
        Key(bytes)
    }

    /// Reads 64 hex digits or 32 bytes in base64; white space around is ignored.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let mut bytes = [0; 32];
        let hex = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if hex {
            for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
                let digit = |c: u8| (c as char).to_digit(16).unwrap_or(0) as u8;
                *byte = digit(pair[0]) << 4 | digit(pair[1]);
            }
        } else {
            let mut decoded = base64::engine::general_purpose::STANDARD
                .decode(text)
                .or_else(|_| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text))
                .map_err(|_| KeyError::Form)?;
            if decoded.len() != 32 {
                return Err(KeyError::Form);
            }
            bytes.copy_from_slice(&decoded);
            decoded.zeroize();
        }
        if bytes.iter().all(|byte| *byte == bytes[0]) {
            return Err(KeyError::Weak);
        }
        Ok(Key(bytes))
    }

    /// The key as 64 hex digits, for `standin key` alone.
    pub fn to_hex(&self) -> Secret {
        Secret::new(self.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    }

    /// The fingerprint that reports and rules files show: `k` and 8 hex digits of a one-way hash.
    pub fn id(&self) -> String {
        let hash = blake3::derive_key("standin 2026 key fingerprint", &self.0);
        format!("k{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3])
    }

    /// The key's bytes, for the pseudo-random function of the mask room.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A text that must not be shown.
#[derive(Clone, PartialEq, Zeroize, ZeroizeOnDrop)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Secret(text.into())
    }

    /// The text, for the one who must send it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_in_both_forms_and_weak_ones_are_not() {
        let hex: String = (0..32).map(|byte| format!("{byte:02x}")).collect();
        let key = Key::parse(&format!(" {hex}\n")).expect("hex");
        let text = base64::engine::general_purpose::STANDARD.encode(key.bytes());
        assert_eq!(Key::parse(&text).map(|key| key.id()), Ok(key.id()));
        assert_eq!(Key::parse(&"0".repeat(64)).err(), Some(KeyError::Weak));
        for bad in ["", "00", &hex[1..], "not a key"] {
            assert_eq!(Key::parse(bad).err(), Some(KeyError::Form), "{bad}");
        }
        assert_eq!(key.to_hex().expose(), hex);
    }
}
