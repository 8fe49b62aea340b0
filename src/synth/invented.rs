//! Names that nobody and nothing has, composed of parts; and places and companies made of them.

use super::Draw;

/// The first parts of invented names.
pub(super) const STARTS: &[&str] = &[
    "Alder", "Amber", "Ashen", "Barrow", "Beryl", "Bracken", "Bramble", "Brindle", "Calder", "Cinder", "Clover",
    "Corvin", "Dapple", "Dorrin", "Dusken", "Elder", "Ember", "Fallow", "Fennel", "Flint", "Garnet", "Gorsen",
    "Gristle", "Harrow", "Hazel", "Heather", "Hollin", "Indigo", "Jasper", "Juniper", "Kestrel", "Larken", "Linden",
    "Lorren", "Maren", "Marrow", "Merrin", "Mistle", "Nettle", "Norren", "Oaken", "Orrin", "Osprey", "Pebble",
    "Pellin", "Quarrel", "Quillon", "Raven", "Rowan", "Saffron", "Sedgen", "Sorrel", "Tansy", "Teasel", "Thistle",
    "Umber", "Vellin", "Vesper", "Willow", "Wyvern", "Yarrow", "Yewen", "Zephyr", "Zinnia",
];

/// The last parts of last names.
pub(super) const LAST_ENDS: &[&str] = &[
    "acre", "band", "bark", "beam", "blade", "bolt", "bough", "brand", "buckle", "candle", "cask", "chime", "cloak",
    "crest", "drum", "dusk", "fable", "feather", "fern", "flute", "frost", "gale", "gleam", "glove", "hatch", "helm",
    "hook", "kettle", "lantern", "leaf", "loom", "mantle", "moth", "paddle", "plume", "quill", "rook", "saddle",
    "shale", "spindle", "spool", "thatch", "thorn", "thread", "wand", "wheel", "whistle", "wick",
];

/// The last parts of cities.
const CITY_ENDS: &[&str] = &[
    "anchor", "beacon", "bellow", "bower", "cairn", "cobble", "copse", "cradle", "dingle", "drift", "fathom", "folly",
    "gantry", "garth", "glimmer", "harbour", "hearth", "hollow", "lattice", "marl", "meander", "mirror", "nook",
    "parish", "pinnacle", "quay", "ripple", "spire", "tarn", "terrace", "thicket", "weir",
];

/// The last parts of streets.
const STREET_ENDS: &[&str] = &[
    "Alley", "Avenue", "Circle", "Close", "Court", "Crescent", "Drive", "Gardens", "Grove", "Lane", "Mews", "Passage",
    "Path", "Place", "Road", "Row", "Square", "Street", "Terrace", "Walk", "Way", "Yard",
];

/// What follows the name of a company.
const COMPANY_ENDS: &[&str] =
    &["& Co", "& Daughters", "& Sons", "Group", "Holdings", "Inc", "Industries", "Labs", "Ltd", "Partners", "Works"];

/// Characters of the longest city.
pub const CITY_LONGEST: usize = 15;

/// Characters of the longest street line.
pub const STREET_LONGEST: usize = 28;

/// Characters of the longest company.
pub const COMPANY_LONGEST: usize = 27;

/// Writes a city.
pub fn city(draw: &mut Draw, to: &mut Vec<u8>) {
    write(&[draw.pick(STARTS), draw.pick(CITY_ENDS)], to);
}

/// Writes a street with a house number.
pub fn street(draw: &mut Draw, to: &mut Vec<u8>) {
    let number = 1 + draw.below(1999);
    crate::pg::value::print(crate::pg::value::Value::Integer(number as i64), to);
    write(&[" ", draw.pick(STARTS), draw.pick(LAST_ENDS), " ", draw.pick(STREET_ENDS)], to);
}

/// Writes a company.
pub fn company(draw: &mut Draw, to: &mut Vec<u8>) {
    write(&[draw.pick(STARTS), " ", draw.pick(STARTS), " ", draw.pick(COMPANY_ENDS)], to);
}

fn write(parts: &[&str], to: &mut Vec<u8>) {
    for part in parts {
        to.extend_from_slice(part.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn longest(list: &[&str]) -> usize {
        list.iter().map(|part| part.len()).max().expect("a list has parts")
    }

    #[test]
    fn lists_have_no_part_twice_and_the_longest_outputs_are_known() {
        for list in [STARTS, LAST_ENDS, CITY_ENDS, STREET_ENDS, COMPANY_ENDS] {
            let mut sorted = list.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), list.len());
        }
        let start = longest(STARTS);
        assert_eq!(start + longest(LAST_ENDS), crate::synth::LAST_LONGEST);
        assert_eq!(start + longest(CITY_ENDS), CITY_LONGEST);
        assert_eq!(6 + start + longest(LAST_ENDS) + longest(STREET_ENDS), STREET_LONGEST);
        assert_eq!(2 * start + 2 + longest(COMPANY_ENDS), COMPANY_LONGEST);
    }
}
