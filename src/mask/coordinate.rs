//! `latitude` and `longitude`: points moved by metres.

use super::{
    Accepts, Args, COMMON, Class, ColumnShape, Example, Family, MaskFn, Param, ParamKind, Refusal, Spec, Unmaskable,
    Value,
};

/// Metres of a degree of latitude: a 360th of the earth's circumference (mean radius of IUGG, 6,371,008.8 m).
const DEGREE: f64 = 111_195.08;

/// The places of the finest decimal that is written: a tenth of a metre.
const PLACES: usize = 6;

const WITHIN: Param = Param {
    name: "within",
    kind: ParamKind::Integer(1, 1_000_000),
    required: false,
    default: "1000",
    help: "The farthest that a point moves along this axis, in metres; it moves by a tenth of that at least.",
};

/// North and south.
pub const LATITUDE: Spec = Spec {
    name: "latitude",
    also: &["lat", "geo_lat", "gps_latitude"],
    summary: "Moves a latitude by up to so many metres.",
    docs: "The number keeps its decimals, up to six. Near a pole it moves the other way. One beyond 90 becomes any other.",
    params: &[WITHIN],
    accepts: Accepts::Families(&[Family::Float, Family::Decimal]),
    class: Class::Quasi,
    equal_at_most: 0.0,
    output: "points near the true ones",
    examples: &[
        Example { column: "float8", params: "", input: "48.8566", output: "48.859178383421956" },
        Example { column: "numeric", params: "{ within: 200 }", input: "48.856613", output: "48.855658" },
    ],
    compile: |args, shape, _| compile(args, shape, 90.0, DEGREE),
    ..COMMON
};

/// East and west.
pub const LONGITUDE: Spec = Spec {
    name: "longitude",
    also: &["lon", "lng", "long", "geo_lon", "gps_longitude"],
    summary: "Moves a longitude by up to so many metres.",
    docs: "A degree of longitude is shorter far from the equator: `at` says where the metres hold. A point nearer to a pole than \
           that moves less far.",
    params: &[
        WITHIN,
        Param {
            name: "at",
            kind: ParamKind::Integer(0, 85),
            required: false,
            default: "60",
            help: "The latitude at which the metres hold, north or south.",
        },
    ],
    accepts: Accepts::Families(&[Family::Float, Family::Decimal]),
    class: Class::Quasi,
    equal_at_most: 0.0,
    output: "points near the true ones",
    examples: &[Example {
        column: "float8",
        params: "{ within: 500, at: 49 }",
        input: "2.3522",
        output: "2.346341117227625",
    }],
    compile: |args, shape, _| {
        let at = args.integer("at").unwrap_or(60) as f64;
        compile(args, shape, 180.0, DEGREE * at.to_radians().cos())
    },
    ..COMMON
};

fn compile(args: &Args, shape: &ColumnShape, most: f64, degree: f64) -> Result<MaskFn, Refusal> {
    let furthest = args.integer("within").unwrap_or(1000) as f64 / degree;
    if let Some((_, scale)) = shape.numeric.filter(|(_, scale)| 10f64.powi(-i32::from(*scale)) > furthest) {
        let message = format!("the column's scale of {scale} cannot show a move of so few metres");
        return Err(Refusal::new(message, "`within:` more metres"));
    }
    // What a column of its precision can hold.
    let widest = shape.numeric.map_or(f64::MAX, |(precision, scale)| {
        10f64.powi(i32::from(precision) - i32::from(scale)) - 10f64.powi(-i32::from(scale))
    });
    let most = most.min(widest);
    Ok(Box::new(move |value, context, output| {
        let (number, places) = match value {
            Value::Float(number) => (number, None),
            Value::Decimal(text) => {
                let number: f64 = text.parse().map_err(|_| Unmaskable::Form)?;
                let places = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
                (number, Some(places.min(PLACES)))
            }
            _ => return Err(Unmaskable::Form),
        };
        if !number.is_finite() {
            output.carry(value);
            return Ok(());
        }
        let bits = context.draw(value).bits();
        let share = 0.1 + 0.9 * ((bits >> 11) as f64 / (1u64 << 53) as f64);
        // At least one unit of the last place, so that no point stays.
        let unit = places.map_or(0.0, |places| 10f64.powi(-(places as i32)));
        let by = (share * furthest).max(unit) * if bits & 1 == 0 { 1.0 } else { -1.0 };
        // Of a number that is no coordinate nothing is left.
        let number = if number.abs() > most { most * (share - 0.5) } else { number };
        let beyond = (number + by).abs() > most;
        let moved = if beyond { number - by } else { number + by };
        let moved = if moved == number { number.next_up() } else { moved };
        match places {
            None => output.float(moved),
            Some(places) => {
                use std::io::Write as _;
                let (text, padding) = (output.text(), places);
                write!(text, "{moved:.padding$}").map_err(|_| Unmaskable::Form)?;
            }
        }
        Ok(())
    }))
}
