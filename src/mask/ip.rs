//! `ip`: addresses of networks that are routed nowhere.

use super::{
    Accepts, Arg, Args, COMMON, ColumnShape, Domains, Example, Family, MaskFn, Param, ParamKind, Refusal, Spec,
    Uniqueness, Value,
};
use crate::pg::types::BaseType;
use crate::pg::value::{parse_network, print};
use crate::synth::Draw;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// 198.18.0.0/15, for benchmarks (RFC 2544).
const V4: u32 = 0xc612_0000;
const V4_PREFIX: u8 = 15;

/// 2001:db8::/32, for documentation (RFC 3849).
const V6: u128 = 0x2001_0db8 << 96;
const V6_PREFIX: u8 = 32;

/// The mask.
pub const IP: Spec = Spec {
    name: "ip",
    summary: "An address in 198.18.0.0/15 (RFC 2544) or 2001:db8::/32 (RFC 3849).",
    docs: "The version and the length of the prefix are kept; a network shorter than those two becomes one of them. Text that \
           is no address becomes one of version 4.",
    params: &[Param {
        name: "version",
        kind: ParamKind::Word(&["same", "4"]),
        required: false,
        default: "same",
        help: "4: every output is of version 4 and, in text, without prefix, which fits 15 characters.",
    }],
    accepts: Accepts::Families(&[Family::Network, Family::Text]),
    uniqueness: |_, _| Uniqueness::Probable { bits: 17.0 },
    equal_at_most: 1e-4,
    output: "198.18.0.0/15, 2001:db8::/32",
    examples: &[
        Example { column: "inet", params: "", input: "81.2.69.142", output: "198.18.51.58" },
        Example {
            column: "inet",
            params: "",
            input: "2a02:8071::1/64",
            output: "2001:db8:ef16:ccee:4438:5cff:5a44:1746/64",
        },
        Example { column: "text", params: "{ version: \"4\" }", input: "2a02:8071::1", output: "198.19.19.32" },
    ],
    compile,
    ..COMMON
};

fn compile(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let only4 = matches!(args.get("version"), Some(Arg::Text(word)) if word == "4");
    let text = shape.family() == Some(Family::Text);
    if only4 {
        shape.needs(15, "an address of version 4", "`erase`, or `digits`")?;
    } else {
        shape.needs(43, "an address of version 6 with its prefix", "`ip: { version: 4 }` needs 15")?;
    }
    let cidr = shape.ty.base_type() == Some(BaseType::Cidr);
    Ok(Box::new(move |value, context, output| {
        let parsed = match value {
            Value::Text(text) => parse_network(text).unwrap_or(value),
            _ => value,
        };
        let (v4, prefix) = match parsed {
            Value::Network(IpAddr::V4(_), prefix) => (true, prefix),
            Value::Network(IpAddr::V6(_), _) if only4 => (true, 32),
            Value::Network(IpAddr::V6(_), prefix) => (false, prefix),
            _ => (true, 32),
        };
        let mut draw = context.draw(parsed);
        let (mut address, prefix) =
            if v4 { version4(&mut draw, prefix, cidr) } else { version6(&mut draw, prefix, cidr) };
        for _ in 0..8 {
            if context.is_by() || !matches!(parsed, Value::Network(same, _) if same == address) {
                break;
            }
            address = if v4 { version4(&mut draw, prefix, cidr).0 } else { version6(&mut draw, prefix, cidr).0 };
        }
        if text {
            let prefix = if only4 { 32 } else { prefix };
            print(Value::Network(address, prefix), output.text());
        } else {
            output.network(address, prefix);
        }
        Ok(())
    }))
}

fn version4(draw: &mut Draw, prefix: u8, cidr: bool) -> (IpAddr, u8) {
    let prefix = if cidr { prefix.max(V4_PREFIX) } else { prefix };
    let mut address = V4 | draw.below(1 << 17) as u32;
    if cidr {
        address &= u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
    }
    (IpAddr::V4(Ipv4Addr::from(address)), prefix)
}

fn version6(draw: &mut Draw, prefix: u8, cidr: bool) -> (IpAddr, u8) {
    let prefix = if cidr { prefix.max(V6_PREFIX) } else { prefix };
    let bits = u128::from(draw.bits()) << 64 | u128::from(draw.bits());
    let mut address = V6 | bits >> 32;
    if cidr {
        address &= u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
    }
    (IpAddr::V6(Ipv6Addr::from(address)), prefix)
}
