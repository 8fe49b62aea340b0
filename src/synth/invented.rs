//! The parts of names that nobody and nothing has.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_have_no_part_twice() {
        for list in [STARTS, LAST_ENDS] {
            let mut sorted = list.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), list.len());
        }
    }
}
