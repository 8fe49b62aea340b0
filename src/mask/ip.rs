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
    also: &["ip_address", "ipv4", "ipv6", "inet"],
    summary: "An address in 198.18.0.0/15 (RFC 2544) or 2001:db8::/32 (RFC 3849).",
    docs: "The version and the length of the prefix are kept; a network shorter than those two becomes one of them. Text that \
           is no address becomes one of version 4.",
    params: &[
        Param {
            name: "version",
            kind: ParamKind::Word(&["same", "4"]),
            required: false,
            default: "same",
            help: "4: every output is of version 4 and, in text, without prefix, which fits 15 characters.",
        },
        Param {
            name: "network",
            kind: ParamKind::Word(&["reserved", "private", "keep"]),
            required: false,
            default: "reserved",
            help: "`private`: 10.0.0.0/8 or fd00::/8. `keep`: the value's own /24 or /48, whose owner it still shows; only the \
                   rest is drawn.",
        },
    ],
    accepts: Accepts::Families(&[Family::Network, Family::Text]),
    uniqueness: |args, _| match args.text("network") {
        Some("keep") => Uniqueness::Lossy,
        Some("private") => Uniqueness::Probable { bits: 24.0 },
        _ => Uniqueness::Probable { bits: 17.0 },
    },
    equal_at_most: 1e-4,
    equal: |args| (args.text("network") == Some("keep")).then_some(0.02),
    output: "198.18.0.0/15, 2001:db8::/32, or private networks",
    examples: &[
        Example { column: "inet", params: "", input: "81.2.69.142", output: "198.18.51.58" },
        Example {
            column: "inet",
            params: "",
            input: "2a02:8071::1/64",
            output: "2001:db8:ef16:ccee:4438:5cff:5a44:1746/64",
        },
        Example { column: "text", params: "{ version: \"4\" }", input: "2a02:8071::1", output: "198.19.19.32" },
        Example { column: "inet", params: "{ network: keep }", input: "81.2.69.142", output: "81.2.69.25" },
        Example { column: "inet", params: "{ network: private }", input: "81.2.69.142", output: "10.25.157.35" },
    ],
    compile,
    ..COMMON
};

/// Networks that outputs are in: address and length of the prefix, by version.
#[derive(Clone, Copy)]
enum Networks {
    Fixed((u32, u8), (u128, u8)),
    /// The value's own.
    Own,
}

/// 10.0.0.0/8 (RFC 1918) and fd00::/8 (RFC 4193).
const PRIVATE: Networks = Networks::Fixed((0x0a00_0000, 8), (0xfd << 120, 8));

/// What is kept of an address in its own network, by version.
const OWN: (u8, u8) = (24, 48);

fn compile(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let only4 = matches!(args.get("version"), Some(Arg::Text(word)) if word == "4");
    let text = shape.family() == Some(Family::Text);
    if only4 {
        shape.needs(15, "an address of version 4", "`erase`, or `digits`")?;
    } else {
        shape.needs(43, "an address of version 6 with its prefix", "`ip: { version: 4 }` needs 15")?;
    }
    let networks = match args.text("network") {
        Some("private") => PRIVATE,
        Some("keep") => Networks::Own,
        _ => Networks::Fixed((V4, V4_PREFIX), (V6, V6_PREFIX)),
    };
    let cidr = shape.ty.base_type() == Some(BaseType::Cidr);
    Ok(Box::new(move |value, context, output| {
        let parsed = match value {
            Value::Text(text) => parse_network(text).unwrap_or(value),
            _ => value,
        };
        let own = if let Value::Network(address, _) = parsed { Some(address) } else { None };
        let (v4, prefix) = match parsed {
            Value::Network(IpAddr::V4(_), prefix) => (true, prefix),
            Value::Network(IpAddr::V6(_), _) if only4 => (true, 32),
            Value::Network(IpAddr::V6(_), prefix) => (false, prefix),
            _ => (true, 32),
        };
        let mut draw = context.draw(parsed);
        let mut address = || {
            if v4 {
                version4(&mut draw, networks, own, prefix, cidr)
            } else {
                version6(&mut draw, networks, own, prefix, cidr)
            }
        };
        let (mut masked, prefix) = address();
        for _ in 0..8 {
            if context.is_by() || own != Some(masked) {
                break;
            }
            masked = address().0;
        }
        if text {
            let prefix = if only4 { 32 } else { prefix };
            print(Value::Network(masked, prefix), output.text());
        } else {
            output.network(masked, prefix);
        }
        Ok(())
    }))
}

fn version4(draw: &mut Draw, networks: Networks, own: Option<IpAddr>, prefix: u8, cidr: bool) -> (IpAddr, u8) {
    let (network, kept) = match (networks, own) {
        (Networks::Fixed(network, _), _) => network,
        (Networks::Own, Some(IpAddr::V4(own))) => (u32::from(own), OWN.0),
        // A value of the other version, or none, has no network to keep.
        (Networks::Own, _) => (V4, V4_PREFIX),
    };
    let prefix = if cidr { prefix.max(kept) } else { prefix };
    let hosts = u32::MAX.checked_shr(kept.into()).unwrap_or(0);
    let mut address = network & !hosts | draw.below(u64::from(hosts) + 1) as u32;
    if cidr {
        address &= u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
    }
    (IpAddr::V4(Ipv4Addr::from(address)), prefix)
}

fn version6(draw: &mut Draw, networks: Networks, own: Option<IpAddr>, prefix: u8, cidr: bool) -> (IpAddr, u8) {
    let (network, kept) = match (networks, own) {
        (Networks::Fixed(_, network), _) => network,
        (Networks::Own, Some(IpAddr::V6(own))) => (u128::from(own), OWN.1),
        (Networks::Own, _) => (V6, V6_PREFIX),
    };
    let prefix = if cidr { prefix.max(kept) } else { prefix };
    let bits = u128::from(draw.bits()) << 64 | u128::from(draw.bits());
    let hosts = u128::MAX >> kept;
    let mut address = network & !hosts | bits >> kept;
    if cidr {
        address &= u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
    }
    (IpAddr::V6(Ipv6Addr::from(address)), prefix)
}
