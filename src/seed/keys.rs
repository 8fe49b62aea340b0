//! Keys of rows that can be referred to, packed: there may be a million of them.

/// Keys of rows, each of as many parts as a reference has columns.
#[derive(Debug, Default)]
pub struct Keys {
    width: usize,
    text: String,
    ends: Vec<usize>,
}

impl Keys {
    /// None yet; each will have so many parts.
    pub fn new(width: usize) -> Self {
        Keys { width, text: String::new(), ends: Vec::new() }
    }

    /// Adds a key.
    pub fn push<'k>(&mut self, parts: impl IntoIterator<Item = &'k str>) {
        for part in parts {
            self.text.push_str(part);
            self.ends.push(self.text.len());
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len() / self.width.max(1)
    }

    /// Are there none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A part of a key.
    pub fn part(&self, key: usize, part: usize) -> &str {
        let at = key * self.width + part;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[at]]
    }
}

/// Rows that can be referred to.
#[derive(Default)]
pub struct Parents {
    /// The number of the first, where these are not all of them.
    pub first: u64,
    /// The referenced columns of each.
    pub keys: Keys,
    /// The times of each that rows come after, one after another, in microseconds since 2000-01-01; NaN for none.
    pub times: Vec<f64>,
}

impl Parents {
    /// The number of the first, and how many there are.
    pub fn all(&self) -> (u64, u64) {
        (self.first, self.keys.len() as u64)
    }

    /// The times of a parent that rows come after.
    pub fn times(&self, at: usize) -> &[f64] {
        let width = self.times.len().checked_div(self.keys.len()).unwrap_or(0);
        self.times.get(at * width..(at + 1) * width).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Keys;

    #[test]
    fn parts_come_back_as_they_went_in() {
        let mut keys = Keys::new(2);
        assert!(keys.is_empty());
        for key in [["a", ""], ["", "ä"], ["1", "22"]] {
            keys.push(key);
        }
        let all: Vec<[&str; 2]> = (0..keys.len()).map(|at| [keys.part(at, 0), keys.part(at, 1)]).collect();
        assert_eq!(all, [["a", ""], ["", "ä"], ["1", "22"]]);
    }
}
