//! Row ids: where a row version lies in its table. They mean something within one snapshot, and hold no value.

use bytes::{BufMut, BytesMut};
use std::error::Error;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// A row id: block and place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tid {
    /// The block.
    pub block: u32,
    /// The place, from 1.
    pub offset: u16,
}

impl Tid {
    /// Reads the six bytes of the binary format.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let [a, b, c, d, e, f] = *bytes else { return None };
        Some(Tid { block: u32::from_be_bytes([a, b, c, d]), offset: u16::from_be_bytes([e, f]) })
    }

    /// Reads `(12,3)`.
    pub fn from_text(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?.strip_prefix('(')?.strip_suffix(')')?;
        let (block, offset) = text.split_once(',')?;
        Some(Tid { block: block.parse().ok()?, offset: offset.parse().ok()? })
    }
}

impl<'a> FromSql<'a> for Tid {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Tid::from_bytes(raw).ok_or_else(|| "a row id has six bytes".into())
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TID
    }
}

/// A `tid[]` parameter.
#[derive(Debug)]
pub struct Tids(pub Vec<Tid>);

impl ToSql for Tids {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.reserve(20 + self.0.len() * 10);
        out.put_i32(i32::from(!self.0.is_empty()));
        out.put_i32(0);
        out.put_u32(Type::TID.oid());
        if !self.0.is_empty() {
            out.put_i32(i32::try_from(self.0.len())?);
            out.put_i32(1);
        }
        for tid in &self.0 {
            out.put_i32(6);
            out.put_u32(tid.block);
            out.put_u16(tid.offset);
        }
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TID_ARRAY
    }

    to_sql_checked!();
}
