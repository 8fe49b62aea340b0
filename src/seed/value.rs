//! One value of a generated row, as PostgreSQL prints it.

use crate::mask::Family;
use crate::plan::seed::documents::Document;
use crate::plan::seed::limits::{Limits, number};
use crate::plan::seed::{ColumnSeed, Generator, Moment};
use crate::rules::seed::Part;
use crate::synth::kind::{self, Who, Wish};
use crate::synth::spread::share;
use crate::synth::{Draw, LOREM, Series, Spread};
use jiff::Timestamp;

const SECOND: f64 = 1e6;
const DAY: f64 = 86_400.0 * SECOND;
/// Seconds from 1970 to 2000.
const EPOCH: i64 = 946_684_800;
/// How often a text that a constraint refuses is drawn anew.
const TRIES: usize = 40;
/// How many of these tries a pattern leaves to the text's kind.
const NATURAL: usize = 4;

/// What the values of one row have in common.
pub struct About {
    /// The person and the place that it is about.
    pub who: Who,
    /// When it came to be, in microseconds since 2000-01-01.
    pub born: f64,
    /// The time that dates are relative to.
    pub as_of: f64,
    /// A number of the row's own.
    pub row: u64,
}

/// Writes a value, `None` for NULL; different numbers give different values where the type has enough of them.
pub fn value(
    column: &ColumnSeed,
    limits: &Limits,
    about: &About,
    number: Option<u64>,
    draw: &mut Draw,
) -> Option<String> {
    match &column.generator {
        Generator::Choice(choices) if !choices.is_empty() => return choice(choices, column, limits, number, draw),
        Generator::Spread(spread, _) if matches!(column.family, Some(Family::Date | Family::Timestamp)) => {
            let spread = spread.within(limits.low, limits.high);
            return Some(match number {
                Some(_) => at(column, (spread.low, spread.high), limits, number, draw),
                None => moment_text(column, spread.draw(0, draw) as f64, limits),
            });
        }
        Generator::Spread(spread, places) if limits.among.is_none() => {
            return Some(spread_number(&spread.within(limits.low, limits.high), *places, number, draw));
        }
        _ => {}
    }
    if let Some(among) = &limits.among {
        let inside = |text: &&String| {
            let (known, within) = (self::number(column, text, true, 0), limits.low..=limits.high);
            match &column.generator {
                Generator::Spread(spread, _) => {
                    known.is_some_and(|number| (spread.low..=spread.high).contains(&number))
                }
                _ => known.is_none_or(|number| within.contains(&number)),
            }
        };
        let allowed: Vec<&String> = among.iter().filter(|text| !limits.not.contains(*text)).filter(inside).collect();
        let at = number.unwrap_or_else(|| draw.below(allowed.len().max(1) as u64)) as usize;
        return (!allowed.is_empty()).then(|| allowed[at % allowed.len()].clone());
    }
    Some(match &column.generator {
        Generator::Null | Generator::Reference(..) | Generator::Choice(_) | Generator::Spread(..) => return None,
        Generator::Serial { step, start, .. } => start.saturating_add(step * number.unwrap_or(0) as i64).to_string(),
        Generator::Text(_) if limits.low.is_finite() || limits.high.is_finite() => {
            let (low, high) = span(1.0, 1_000.0, 100.0, limits);
            let room = (high.floor() - low.ceil()).max(0.0) as u64 + 1;
            format!("{:.0}", low.ceil() + number.unwrap_or_else(|| draw.below(room)) as f64)
        }
        Generator::Text(kind) => {
            let longest = Some(limits.length.1).filter(|most| *most != usize::MAX);
            let wish = Wish { number, longest };
            text(column, limits, draw, |draw, to| kind::write(*kind, &about.who, wish, draw, to))
        }
        Generator::Masked(mask) => {
            let text = value(&mask.of, limits, about, number, draw)?;
            mask.make(&text, about.row)?
        }
        Generator::Template(parts) => text(column, limits, draw, |draw, to| template(parts, about, number, draw, to)),
        Generator::Number { low, high } => decimal(column, span(*low, *high, 100.0, limits), number, draw),
        Generator::Truth(chance) => {
            let truth = match number {
                Some(number) => number % 2 == 1,
                None => draw.below(1000) < (chance * 1000.0) as u64,
            };
            if truth { "true" } else { "false" }.to_owned()
        }
        Generator::Moment(moment) => at(column, moment_of(*moment, about, draw), limits, number, draw),
        Generator::After(..) => at(column, (about.born, about.as_of.max(about.born)), limits, number, draw),
        Generator::Series(series) => {
            let (from, to) = (series.from.max(limits.low as i64), series.to.min(limits.high as i64));
            moment_text(column, Series { from, to, ..*series }.draw(draw) as f64, limits)
        }
        Generator::Interval => interval(limits, number, draw),
        Generator::Uuid => uuid::Uuid::from_bytes(kind::uuid_bytes(draw)).to_string(),
        Generator::Bytes(count) => {
            let count = (*count).clamp(limits.length.0.min(4096), limits.length.1);
            let hex: String = (0..count).map(|_| format!("{:02x}", draw.below(256))).collect();
            format!("\\x{hex}")
        }
        Generator::Bits(count) => match number {
            Some(number) => {
                (0..*count).rev().map(|bit| if bit < 64 && number >> bit & 1 == 1 { '1' } else { '0' }).collect()
            }
            None => (0..*count).map(|_| if draw.below(2) == 0 { '0' } else { '1' }).collect(),
        },
        Generator::Json => document(&limits.document, draw),
        Generator::Fixed(before, after) => match number {
            Some(number) => format!("{before}{number}{after}"),
            None => format!("{before}{after}"),
        },
        Generator::Geometric(kind) => figure(kind, 8 * number.unwrap_or_else(|| draw.below(1_000))),
        Generator::Slot(end) => {
            let slot = slot(column);
            let within = if *end { 1 + draw.below(slot - 1) } else { 0 };
            let from = about.as_of - 30.0 * DAY;
            moment_text(column, from + (number.unwrap_or(0) * slot + within) as f64 * column.step(), limits)
        }
        Generator::Array(element) => {
            let count = (1 + draw.below(3))
                .clamp(limits.length.0.min(1_000) as u64, limits.length.1.max(limits.length.0) as u64);
            let part = |_| match &limits.parts {
                Some(parts) if !parts.is_empty() => Some(parts[draw.below(parts.len() as u64) as usize].clone()),
                _ => value(element, &element.alone, about, None, draw),
            };
            let parts = (0..count).map(part);
            format!("{{{}}}", parts.map(|part| quoted(part, "NULL")).collect::<Vec<_>>().join(","))
        }
        Generator::Range(bound, multiple) => range(bound, *multiple, about, number, draw)?,
        Generator::Composite(fields) => {
            let parts = fields.iter().map(|field| value(field, &field.alone, about, None, draw));
            format!("({})", parts.map(|part| quoted(part, "")).collect::<Vec<_>>().join(","))
        }
    })
}

/// A small document.
fn document(wanted: &Document, draw: &mut Draw) -> String {
    let text = |draw: &mut Draw| format!("\"{}\"", draw.pick(LOREM));
    match wanted.kind.as_deref() {
        Some("array") => format!("[{}, {}]", text(draw), text(draw)),
        Some("string") => text(draw),
        Some("number") => draw.below(1_000).to_string(),
        Some("boolean") => (draw.below(2) == 0).to_string(),
        Some("null") => "null".to_owned(),
        _ if wanted.keys.is_empty() => format!("{{{}: {}}}", text(draw), text(draw)),
        _ => {
            let key = |key: &String| format!("{}: {}", serde_json::Value::from(key.as_str()), text(draw));
            format!("{{{}}}", wanted.keys.iter().map(key).collect::<Vec<_>>().join(", "))
        }
    }
}

/// A length of time: whole days, unless the limits leave less room.
fn interval(limits: &Limits, number: Option<u64>, draw: &mut Draw) -> String {
    let (low, high) = span(DAY, 60.0 * DAY, 30.0 * DAY, limits);
    if high - low >= 10.0 * DAY {
        let from = (low / DAY).ceil() as i64;
        let days = number.unwrap_or_else(|| draw.below(((high / DAY).floor() as i64 - from).max(0) as u64 + 1));
        return format!("{} days", from + days as i64);
    }
    let (from, to) = ((low / SECOND).ceil() as i64, (high / SECOND).floor() as i64);
    let room = to.saturating_sub(from).max(0) as u64 + 1;
    let seconds = from + (number.unwrap_or_else(|| draw.below(room)) % room) as i64;
    let (sign, size) = (if seconds < 0 { "-" } else { "" }, seconds.unsigned_abs());
    format!("{sign}{:02}:{:02}:{:02}", size / 3600, size / 60 % 60, size % 60)
}

/// An element of an array or a field of a row.
fn quoted(part: Option<String>, null: &str) -> String {
    match part {
        None => null.to_owned(),
        Some(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

/// The range of a generator within the limits; where they do not meet, one of this width at the limits' end.
fn span(low: f64, high: f64, width: f64, limits: &Limits) -> (f64, f64) {
    let (from, to) = (low.max(limits.low), high.min(limits.high));
    if from <= to {
        (from, to)
    } else if limits.low > high {
        (limits.low, limits.high.min(limits.low + width))
    } else {
        (limits.low.max(limits.high - width), limits.high)
    }
}

fn decimal(column: &ColumnSeed, (low, high): (f64, f64), number: Option<u64>, draw: &mut Draw) -> String {
    if column.family == Some(Family::Time) {
        return time_of_day(column, low, high, number, draw);
    }
    let (step, places) = steps(column, high - low);
    let steps = (((high - low) / step).floor().max(0.0) as u64).saturating_add(1);
    let drawn = match number {
        // What is counted may go beyond the usual range, as far as the type allows.
        Some(number) => number,
        None => draw.below(steps),
    };
    let value = (low / step).ceil() * step + drawn as f64 * step;
    let value = if number.is_none() && value > high { low } else { value };
    format!("{value:.places$}")
}

/// How far numbers are apart, and their digits behind the point: finer than usual where the range is small.
fn steps(column: &ColumnSeed, range: f64) -> (f64, usize) {
    let (usual, places) = match column.family {
        Some(Family::Integer) => (1.0, 0),
        Some(Family::Decimal) => (column.step(), column.places().max(0) as usize),
        Some(Family::Float) => (column.step(), 2),
        _ => (1.0, 0),
    };
    if places == 0 || column.grid().is_some() || range <= 0.0 || range > 5.0 * usual {
        return (usual, places);
    }
    let places = (2.0 - range.log10().floor()).clamp(2.0, 12.0);
    (10f64.powf(-places), places as usize)
}

fn time_of_day(column: &ColumnSeed, low: f64, high: f64, number: Option<u64>, draw: &mut Draw) -> String {
    let (low, high) = ((low / SECOND).ceil().max(0.0) as u64, (high / SECOND).min(86_399.0) as u64);
    let room = high.saturating_sub(low) + 1;
    let second = low + number.unwrap_or_else(|| draw.below(room)) % room;
    let zone = if column.ty.base().name.name.as_str() == "timetz" { "+00" } else { "" };
    format!("{:02}:{:02}:{:02}{zone}", second / 3600, second / 60 % 60, second % 60)
}

/// From when to when something of a row happens.
fn moment_of(moment: Moment, about: &About, draw: &mut Draw) -> (f64, f64) {
    match moment {
        Moment::Created => (about.born, about.born),
        Moment::Updated | Moment::Later | Moment::Ended => {
            let from = about.born + (draw.below(3_600) as f64) * SECOND;
            (from.min(about.as_of), about.as_of.max(about.born))
        }
        Moment::Ahead => (about.as_of + DAY, about.as_of + 90.0 * DAY),
        Moment::Birth => (about.as_of - 80.0 * 365.25 * DAY, about.as_of - 18.0 * 365.25 * DAY),
    }
}

/// A date or timestamp in a range.
fn at(column: &ColumnSeed, (low, high): (f64, f64), limits: &Limits, number: Option<u64>, draw: &mut Draw) -> String {
    let step = column.step();
    let (low, high) = span(low, high, 30.0 * DAY, limits);
    let steps = ((high - low) / step).floor().max(0.0) as u64 + 1;
    let moved = number.unwrap_or_else(|| draw.below(steps)) as f64 * step;
    let moved = if number.is_some() && low + moved > limits.high { low } else { low + moved };
    moment_text(column, moved, limits)
}

/// A moment as its column's type has it.
fn moment_text(column: &ColumnSeed, moved: f64, limits: &Limits) -> String {
    let base = column.ty.base().name.name.as_str().to_owned();
    let moved = limits.begins.map_or(moved, |unit| unit.begin(moved));
    let whole = if base == "date" { (moved / DAY).floor().max((limits.low / DAY).ceil()) * DAY } else { moved };
    let microseconds = (whole as i64 / 1_000_000 + EPOCH) * 1_000_000;
    let Ok(moment) = Timestamp::from_microsecond(microseconds) else { return "2000-01-01".to_owned() };
    match base.as_str() {
        "date" => moment.strftime("%Y-%m-%d").to_string(),
        "timestamptz" => moment.strftime("%Y-%m-%d %H:%M:%S+00").to_string(),
        _ => moment.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    }
}

/// From one value to a later one; by number they lie apart, as exclusion constraints want them.
fn range(bound: &ColumnSeed, multiple: bool, about: &About, counted: Option<u64>, draw: &mut Draw) -> Option<String> {
    let mut ends = match counted {
        Some(number) => {
            let slot = slot(bound);
            let longer = 1 + draw.below(slot - 1);
            let mut end = |at: u64| match bound.family {
                Some(Family::Timestamp | Family::Date) => {
                    let moment = about.as_of - 30.0 * DAY + at as f64 * bound.step();
                    Some(moment_text(bound, moment, &bound.alone))
                }
                _ => value(bound, &bound.alone, about, Some(at), draw),
            };
            [end(number * slot)?, end(number * slot + longer)?]
        }
        None => [value(bound, &bound.alone, about, None, draw)?, value(bound, &bound.alone, about, None, draw)?],
    };
    let as_number = |text: &String| number(bound, text, true, 0).unwrap_or(0.0);
    ends.sort_by(|one, other| as_number(one).total_cmp(&as_number(other)));
    let [low, high] = ends.map(|end| quoted(Some(end), ""));
    let range = format!("[{low},{high}]");
    Some(if multiple { format!("{{{range}}}") } else { range })
}

/// So many steps belong to each row that is to lie apart from others: an hour, two days, ten of anything else.
fn slot(bound: &ColumnSeed) -> u64 {
    match bound.family {
        Some(Family::Timestamp | Family::Time) => 3_600,
        Some(Family::Date) => 2,
        _ => 10,
    }
}

/// A figure that begins so far to the right.
fn figure(kind: &str, x: u64) -> String {
    let end = x + 4;
    match kind {
        "point" => format!("({x}.5,47.4)"),
        "line" => format!("{{1,-1,{x}}}"),
        "lseg" => format!("[({x},0),({end},2)]"),
        "box" => format!("({end},3),({x},0)"),
        "path" => format!("[({x},0),({end},2),({x},1)]"),
        "polygon" => format!("(({x},0),({end},0),({x},3))"),
        _ => format!("<({x},2),3>"),
    }
}

/// One of the texts that the limits allow, by weight; by number where they are to be apart.
fn choice(
    choices: &[(String, f64)],
    column: &ColumnSeed,
    limits: &Limits,
    number: Option<u64>,
    draw: &mut Draw,
) -> Option<String> {
    let allowed: Vec<&(String, f64)> = choices.iter().filter(|(text, _)| limits.allow(column, text)).collect();
    let last = allowed.last()?;
    if let Some(number) = number {
        return Some(allowed[(number % allowed.len() as u64) as usize].0.clone());
    }
    let mut left = share(draw) * allowed.iter().map(|(_, weight)| weight).sum::<f64>();
    let found = allowed.iter().find(|(_, weight)| {
        left -= weight;
        left < 0.0
    });
    Some(found.unwrap_or(last).0.clone())
}

/// A number of a rule; by number where they are to be apart.
fn spread_number(spread: &Spread, places: u8, number: Option<u64>, draw: &mut Draw) -> String {
    let (least, greatest) = spread.steps(places);
    let drawn = match number {
        Some(number) => least + (number % (greatest.abs_diff(least) + 1)) as i64,
        None => spread.draw(places, draw),
    };
    let (scale, sign) = (10u64.pow(u32::from(places)), if drawn < 0 { "-" } else { "" });
    let (whole, rest) = (drawn.unsigned_abs() / scale, drawn.unsigned_abs() % scale);
    match usize::from(places) {
        0 => format!("{sign}{whole}"),
        width => format!("{sign}{whole}.{rest:0width$}"),
    }
}

/// Writes a text with its parts filled in.
fn template(parts: &[Part], about: &About, number: Option<u64>, draw: &mut Draw, to: &mut Vec<u8>) {
    for part in parts {
        match part {
            Part::Text(text) => to.extend_from_slice(text.as_bytes()),
            Part::Number(width) => {
                let number = number.unwrap_or(0) + 1;
                to.extend_from_slice(format!("{number:0width$}").as_bytes());
            }
            Part::Kind(kind) => kind::write(*kind, &about.who, Wish::default(), draw, to),
        }
    }
}

/// A text that is within its limits, as far as they can be met.
fn text(column: &ColumnSeed, limits: &Limits, draw: &mut Draw, write: impl Fn(&mut Draw, &mut Vec<u8>)) -> String {
    let mut last = String::new();
    let plain = column.family == Some(Family::Text);
    let by_rule = matches!(column.generator, Generator::Template(_));
    let patterns = if plain && !by_rule { &limits.patterns[..] } else { &[] };
    let mut more = None;
    // A text that one pattern makes seldom matches another one too.
    let tries = if patterns.len() > 1 { 20 * TRIES } else { TRIES };
    for attempt in 0..tries {
        let mut bytes = Vec::new();
        // A text of its kind that matches by itself is better than one that is made to match.
        let made = attempt.checked_sub(NATURAL).filter(|_| !patterns.is_empty());
        match made.map(|made| &patterns[made % patterns.len()]) {
            Some(pattern) => pattern.write(more, draw, &mut bytes),
            None => write(draw, &mut bytes),
        }
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        if plain && !by_rule && limits.patterns.is_empty() {
            let lacking = limits.length.0.saturating_sub(text.chars().count()).min(10_000);
            text.extend((0..lacking).map(|_| 'x'));
        }
        match limits.case {
            Some(true) => text = text.to_uppercase(),
            Some(false) => text = text.to_lowercase(),
            None => {}
        }
        if attempt >= NATURAL && plain && !by_rule {
            text = limits.avoided.iter().fold(text, |text, avoided| avoided.without(&text));
        }
        let characters = text.chars().count();
        let fits = !limits.not.contains(&text)
            && (limits.length.0..=limits.length.1).contains(&characters)
            && limits.matches(&text);
        last = text;
        if fits || !plain {
            break;
        }
        // What is too short or too long by itself is stretched until it is not.
        let (lacking, over) = (limits.length.0.saturating_sub(characters), characters.saturating_sub(limits.length.1));
        if made.is_some() && lacking + over > 0 {
            more = Some((more.unwrap_or(0) + lacking.min(10_000) as u32).saturating_sub(over.min(10_000) as u32));
        }
    }
    last
}
