//! Blocks of the README that are made from the code.

use super::masks;
use crate::mask;

/// Each block's name and text; in the README it stands between `<!-- name:begin -->` and `<!-- name:end -->`.
pub fn readme_blocks() -> Vec<(&'static str, String)> {
    vec![("masks", masks::markdown(mask::ALL))]
}
