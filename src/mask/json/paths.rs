//! Paths of a document's parts: `theme`, `flags.*`, `contacts[*].email`, `"odd.key".name`; and the tree that they make.

use crate::mask::Refusal;

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Key(String),
    AnyKey,
    Elements,
}

/// What becomes of a value, and what is known of the values below it.
#[derive(Debug, Clone, Default)]
pub struct Node {
    /// It stays, with all below it that has no line of its own.
    pub keep: bool,
    /// Its mask, by number.
    pub mask: Option<usize>,
    keys: Vec<(String, Node)>,
    any_key: Option<Box<Node>>,
    elements: Option<Box<Node>>,
}

impl Node {
    /// The tree of paths that are kept and of paths that are masked.
    pub fn build<'a>(
        keep: impl IntoIterator<Item = &'a str>,
        masked: impl IntoIterator<Item = &'a str>,
    ) -> Result<Node, Refusal> {
        let mut root = Node::default();
        for path in keep {
            root.at(path)?.keep = true;
        }
        for (number, path) in masked.into_iter().enumerate() {
            if root.at(path)?.mask.replace(number).is_some() {
                return Err(Refusal::new(format!("`fields` has two masks for `{path}`"), "leave one out"));
            }
        }
        root.resolve();
        Ok(root)
    }

    /// What is known of a member of an object.
    pub fn key(&self, key: &str) -> Option<&Node> {
        self.keys.iter().find(|(known, _)| known == key).map(|(_, node)| node).or(self.any_key.as_deref())
    }

    /// What is known of an array's elements.
    pub fn elements(&self) -> Option<&Node> {
        self.elements.as_deref()
    }

    /// True if something is known of the values below.
    pub fn is_inner(&self) -> bool {
        !self.keys.is_empty() || self.any_key.is_some() || self.elements.is_some()
    }

    fn at(&mut self, path: &str) -> Result<&mut Node, Refusal> {
        let wrong =
            || Refusal::new(format!("`{path}` is not a path"), "paths are `theme`, `flags.*`, `contacts[*].email`");
        let mut node = self;
        for step in steps(path).filter(|steps| !steps.is_empty()).ok_or_else(wrong)? {
            node = match step {
                Step::Key(key) => {
                    let at = node.keys.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
                        node.keys.push((key, Node::default()));
                        node.keys.len() - 1
                    });
                    &mut node.keys[at].1
                }
                Step::AnyKey => node.any_key.get_or_insert_default(),
                Step::Elements => node.elements.get_or_insert_default(),
            };
        }
        Ok(node)
    }

    /// Merges what is said of every key into what is said of each, so that one look-up finds both.
    fn resolve(&mut self) {
        if let Some(any) = &self.any_key {
            for (_, node) in &mut self.keys {
                node.merge(any);
            }
        }
        let below = self.keys.iter_mut().map(|(_, node)| node);
        for node in below.chain(self.any_key.as_deref_mut()).chain(self.elements.as_deref_mut()) {
            node.resolve();
        }
    }

    fn merge(&mut self, other: &Node) {
        // Of a mask and a keep for one value, the one that names it decides.
        if !self.keep {
            self.mask = self.mask.or(other.mask);
        }
        self.keep |= other.keep;
        for (key, node) in &other.keys {
            match self.keys.iter_mut().find(|(known, _)| known == key) {
                Some((_, known)) => known.merge(node),
                None => self.keys.push((key.clone(), node.clone())),
            }
        }
        for (mine, others) in [(&mut self.any_key, &other.any_key), (&mut self.elements, &other.elements)] {
            match (mine, others) {
                (Some(mine), Some(others)) => mine.merge(others),
                (mine @ None, Some(others)) => *mine = Some(others.clone()),
                _ => {}
            }
        }
    }
}

/// The steps of a path; `None` if it is none.
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = path;
    loop {
        if let Some(after) = rest.strip_prefix("[*]") {
            steps.push(Step::Elements);
            rest = after;
        } else {
            let (key, after) = match rest.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => rest.split_at(rest.find(['.', '[', '"']).unwrap_or(rest.len())),
            };
            match key {
                "" if !rest.starts_with('"') => return None,
                "*" if !rest.starts_with('"') => steps.push(Step::AnyKey),
                _ => steps.push(Step::Key(key.to_owned())),
            }
            rest = after;
        }
        if rest.is_empty() {
            return Some(steps);
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.starts_with("[*]") => {}
            None => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read() {
        let key = |key: &str| Step::Key(key.to_owned());
        assert_eq!(steps("contacts[*].email"), Some(vec![key("contacts"), Step::Elements, key("email")]));
        assert_eq!(steps("flags.*"), Some(vec![key("flags"), Step::AnyKey]));
        assert_eq!(steps("[*][*]"), Some(vec![Step::Elements, Step::Elements]));
        assert_eq!(steps("\"a.b\".\"*\""), Some(vec![key("a.b"), key("*")]));
        for bad in ["", ".", "a.", "a..b", "a[0]", "a[", "\"a", "a\"b\""] {
            assert_eq!(steps(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_names_a_key_decides_before_what_names_all() {
        let root = Node::build(["flags.*", "name"], ["*", "flags.owner"]).expect("paths");
        assert!(root.key("name").is_some_and(|node| node.keep && node.mask.is_none()));
        assert_eq!(root.key("other").and_then(|node| node.mask), Some(0));
        let flags = root.key("flags").expect("flags");
        assert!(flags.key("beta").is_some_and(|node| node.keep));
        assert_eq!(flags.key("owner").and_then(|node| node.mask), Some(1));
        assert!(Node::build([], ["a", "a"]).is_err());
    }
}
