//! A mask as it is used: by name, or `{ mask: parameters }`, decoded against the mask's own declaration.

use super::Domain;
use super::decode::Fields;
use super::fault::{Faults, choices, shown};
use super::keys::{DOMAIN, Key};
use super::node::{Entry, Node, Scalar};
use super::scalar;
use crate::mask::{Arg, Args, By, MaskRef, Normal, Param, ParamKind, Spec};
use crate::words::diagnostic::{Spanned, nearest};
use crate::words::name::Name;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The masks and domains that a rule may name.
#[derive(Clone)]
pub struct Known {
    specs: &'static [&'static Spec],
    /// The names of all domains of the files so far, but for those that are named like a mask.
    declared: BTreeSet<String>,
    /// `locale:` of the file, for masks that have one.
    locale: Option<String>,
    /// The domains that have been read; `None` where its own line is at fault.
    domains: BTreeMap<String, Option<MaskRef>>,
}

/// What a name stands for.
enum Found {
    Mask(&'static Spec),
    /// `None` where the domain's own line is at fault.
    Domain(Option<MaskRef>),
}

impl Known {
    /// Knows the masks and no domain yet.
    pub fn new(specs: &'static [&'static Spec], locale: Option<String>) -> Self {
        Known { specs, locale, declared: BTreeSet::new(), domains: BTreeMap::new() }
    }

    /// Reads `domains:`, each of which may use those above it: so none can lead back to itself.
    pub fn domains(&mut self, node: &Node, faults: &mut Faults) -> Vec<Domain> {
        let mut domains = Vec::new();
        let entries = faults.entries(node, "`domains`").unwrap_or_default();
        let is_mask = |name: &str| self.specs.iter().any(|spec| spec.name == name);
        self.declared.extend(entries.iter().map(|entry| entry.key.text.clone()).filter(|name| !is_mask(name)));
        for entry in entries {
            let name = &entry.key.text;
            if !self.declared.contains(name) {
                let message = format!("a domain cannot be named {}, like a mask", shown(name));
                let help = format!("name it after what it holds: `person_{name}`");
                faults.add("domain-named-like-mask", &entry.key.span, message, help);
                continue;
            }
            let mask = self.domain(entry, faults);
            if let Some(mask) = &mask {
                let name = Spanned::new(name.clone(), faults.place(&entry.key.span));
                domains.push(Domain { name, mask: mask.clone() });
            }
            self.domains.insert(name.clone(), mask);
        }
        domains
    }

    fn domain(&self, entry: &Entry, faults: &mut Faults) -> Option<MaskRef> {
        let normalise = match &entry.value {
            Node::Map(entries, span) => normalise(&Fields::of(entries, DOMAIN, span), faults),
            _ => Vec::new(),
        };
        let named = used_name(&entry.value, DOMAIN);
        if let Some((name, _)) = named.filter(|(name, _)| self.declared.contains(&name.text)) {
            let message = format!("domain {} is made of the domain {}", shown(&entry.key.text), shown(&name.text));
            let help = "a domain is made of a mask: `{ mask: { parameters } }`";
            faults.add("domain-of-domain", &name.span, message, help);
            return None;
        }
        let mask = self.used(&entry.value, DOMAIN, faults)?;
        Some(MaskRef { domain: entry.key.text.clone(), normalise, ..mask })
    }

    /// Reads a use of a mask or domain; `beside` are keys that may stand next to it, for the caller to read.
    pub fn mask(&self, node: &Node, beside: &[Key], faults: &mut Faults) -> Option<MaskRef> {
        let mask = self.used(node, beside, faults)?;
        if mask.spec.by == By::Must && mask.by.is_none() {
            let at = used_name(node, beside).map_or(node.span(), |(name, _)| name.span.clone());
            let message = format!("mask `{}` needs `by`", mask.spec.name);
            faults.add("missing-key", &at, message, format!("`{{ {}: {{ by: column }} }}`", mask.domain));
        }
        Some(mask)
    }

    /// The same, without asking for the `by:` that a domain leaves to its uses.
    pub fn used(&self, node: &Node, beside: &[Key], faults: &mut Faults) -> Option<MaskRef> {
        if !matches!(node, Node::Scalar(scalar) if !scalar.is_null()) && !matches!(node, Node::Map(..)) {
            faults.wrong(node, "a mask", "a mask or domain by name, or `{ mask: { parameters } }`; `erase` makes NULL");
            return None;
        }
        if let Node::Map(entries, _) = node {
            self.alone(entries, beside, faults)?;
        }
        let Some((name, params)) = used_name(node, beside) else {
            faults.add("wrong-type", &node.span(), "no mask is named", "write a name, or `{ mask: { parameters } }`");
            return None;
        };
        match self.find(name, faults)? {
            Found::Mask(spec) => masked(self, spec, &name.span, params, faults),
            Found::Domain(mask) => {
                let by = params.and_then(|params| domain_by(name, params, faults));
                let mut mask = mask?;
                if let Some((by, subject)) = by {
                    may_by(mask.spec, &name.span, faults);
                    mask.by = Some(by);
                    mask.subject = subject.or(mask.subject);
                }
                Some(mask)
            }
        }
    }

    /// Reports keys beside a mask that belong inside it, or nowhere.
    fn alone(&self, entries: &[Entry], beside: &[Key], faults: &mut Faults) -> Option<()> {
        let others: Vec<&Entry> = entries.iter().filter(|e| !beside.iter().any(|key| key.name == e.key.text)).collect();
        let names = |entry: &&&Entry| self.knows(&entry.key.text);
        let Some(mask) = others.iter().find(names).or(others.first()) else { return Some(()) };
        for entry in others.iter().filter(|entry| entry.key.span != mask.key.span) {
            let message = format!("{} stands beside {}", shown(&entry.key.text), shown(&mask.key.text));
            let param = self.specs.iter().filter(|spec| spec.name == mask.key.text).flat_map(|spec| spec.params);
            let help = if BY.contains(&&*entry.key.text) || param.into_iter().any(|param| param.name == entry.key.text)
            {
                format!("it goes inside: `{{ {}: {{ {}: … }} }}`", mask.key.text, entry.key.text)
            } else if beside.is_empty() {
                "a mask stands alone; its parameters go inside: `{ mask: { parameter: … } }`".to_owned()
            } else {
                choices(&entry.key.text, beside.iter().map(|key| key.name))
            };
            faults.add("unknown-key", &entry.key.span, message, help);
        }
        (others.len() == 1).then_some(())
    }

    fn find(&self, name: &Scalar, faults: &mut Faults) -> Option<Found> {
        if let Some(spec) = self.specs.iter().find(|spec| spec.name == name.text) {
            return Some(Found::Mask(spec));
        }
        if let Some(mask) = self.domains.get(&name.text) {
            return Some(Found::Domain(mask.clone()));
        }
        if faults.cut() {
            return None;
        }
        if self.declared.contains(&name.text) {
            let message = format!("domain {} is declared further down, or is this one", shown(&name.text));
            faults.add("domain-order", &name.span, message, "a domain may use those above it: move it up");
            return None;
        }
        let message = format!("there is no mask and no domain {}", shown(&name.text));
        let near =
            nearest(&name.text, self.domains.keys().map(String::as_str)).or_else(|| crate::mask::meant(&name.text));
        let meant = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        let domains: Vec<&str> = self.domains.keys().map(String::as_str).collect();
        let here = if domains.is_empty() { String::new() } else { format!("domains: {}; ", domains.join(", ")) };
        faults.add("unknown-mask", &name.span, message, format!("{meant}{here}`standin masks` lists the masks"));
        None
    }

    /// Is there a mask or a domain of that name.
    pub fn knows(&self, name: &str) -> bool {
        self.domains.contains_key(name) || self.specs.iter().any(|spec| spec.name == name)
    }
}

/// The name that a use begins with, and its parameters.
fn used_name<'a>(node: &'a Node, beside: &[Key]) -> Option<(&'a Scalar, Option<&'a Node>)> {
    match node {
        Node::Scalar(scalar) => Some((scalar, None)),
        Node::Map(entries, _) => {
            let entry = entries.iter().find(|entry| !beside.iter().any(|key| key.name == entry.key.text))?;
            Some((&entry.key, Some(&entry.value)))
        }
        _ => None,
    }
}

/// A domain takes nothing but `by` and `as`.
fn domain_by(name: &Scalar, params: &Node, faults: &mut Faults) -> Option<(Name, Option<String>)> {
    let what = format!("domain {}", shown(&name.text));
    let entries = faults.entries(params, &what)?;
    for entry in entries.iter().filter(|entry| !BY.contains(&&*entry.key.text)) {
        let message = format!("{what} is used with {}", shown(&entry.key.text));
        let help = "a domain has its parameters under `domains`; only `by` and `as` may stand here";
        faults.add("unknown-key", &entry.key.span, message, help);
    }
    by(entries, faults)
}

/// What says whose value it is; every mask that is drawn from another column takes them.
const BY: [&str; 2] = ["by", "as"];

/// `by:`, and `as:` beside it.
fn by(entries: &[Entry], faults: &mut Faults) -> Option<(Name, Option<String>)> {
    let of = |key: &str| entries.iter().find(|entry| entry.key.text == key);
    let subject = of("as").and_then(|entry| {
        if of("by").is_none() {
            let help = "`{ by: user_id, as: users.id }`";
            faults.add(
                "missing-key",
                &entry.key.span,
                "`as` says whose the values of `by` are, and there is no `by`",
                help,
            );
        }
        faults.text(&entry.value, "`as`").map(|text| text.value)
    });
    let name = faults.name_node(&of("by")?.value, "a column")?.value;
    Some((name, subject))
}

/// A mask with its parameters.
fn masked(
    known: &Known,
    spec: &'static Spec,
    at: &Range<usize>,
    params: Option<&Node>,
    faults: &mut Faults,
) -> Option<MaskRef> {
    let mut mask = MaskRef::bare(spec, Args::default());
    match params {
        None => {}
        Some(Node::Map(entries, _)) if !is_main(spec, entries) => {
            if let Some((by, subject)) = by(entries, faults) {
                (mask.by, mask.subject) = (Some(by), subject);
            }
            named(known, &mut mask.args, spec, entries, faults);
        }
        Some(value) => {
            let Some(main) = spec.params.first() else {
                let help = format!("write `{}` alone", spec.name);
                faults.add("wrong-type", &value.span(), format!("mask `{}` has no parameters", spec.name), help);
                return None;
            };
            mask.args.set(main.name, argument(known, spec, main, value, faults)?);
        }
    }
    if mask.by.is_some() {
        may_by(spec, at, faults);
    }
    if let Some(locale) = &known.locale
        && mask.args.get("locale").is_none()
        && let Some(param) = spec.params.iter().find(|param| param.name == "locale")
    {
        mask.args.set(param.name, Arg::Text(locale.clone()));
    }
    let lacking = |param: &&Param| param.required && !given(param, params, &mask.args);
    for param in spec.params.iter().filter(lacking) {
        let message = format!("mask `{}` needs `{}`", spec.name, param.name);
        faults.add(
            "missing-key",
            at,
            message,
            format!("`{{ {}: {{ {}: … }} }}`: {}", spec.name, param.name, param.help),
        );
    }
    Some(mask)
}

/// Was a parameter written, even if what was written is at fault.
fn given(param: &Param, params: Option<&Node>, args: &Args) -> bool {
    let written = |entries: &[Entry]| entries.iter().any(|entry| entry.key.text == param.name);
    args.get(param.name).is_some() || matches!(params, Some(Node::Map(entries, _)) if written(entries))
}

/// Reports `by` where a mask has no use for it.
fn may_by(spec: &Spec, at: &Range<usize>, faults: &mut Faults) {
    if !takes_by(spec) {
        let message = format!("mask `{}` is not drawn from another column, so `by` means nothing", spec.name);
        faults.add("unknown-key", at, message, "take `by` away");
    }
}

/// Can a mask be drawn from another column.
pub fn takes_by(spec: &Spec) -> bool {
    spec.by != By::Never
}

/// Is this mapping the main parameter itself, as in `choice: { pending: 2, completed: 7 }`.
fn is_main(spec: &Spec, entries: &[Entry]) -> bool {
    let takes_mapping = |param: &Param| matches!(param.kind, ParamKind::Choices | ParamKind::Masks);
    let parameter =
        |entry: &Entry| BY.contains(&&*entry.key.text) || spec.params.iter().any(|p| p.name == entry.key.text);
    spec.params.first().is_some_and(takes_mapping) && !entries.is_empty() && !entries.iter().any(parameter)
}

fn named(known: &Known, args: &mut Args, spec: &'static Spec, entries: &[Entry], faults: &mut Faults) {
    for entry in entries.iter().filter(|entry| !BY.contains(&&*entry.key.text)) {
        let Some(param) = spec.params.iter().find(|param| param.name == entry.key.text) else {
            let by = BY.into_iter().filter(|_| takes_by(spec));
            let allowed = spec.params.iter().map(|param| param.name).chain(by);
            faults.unknown_key(&entry.key, &format!("mask `{}`", spec.name), allowed);
            continue;
        };
        if let Some(arg) = argument(known, spec, param, &entry.value, faults) {
            args.set(param.name, arg);
        }
    }
}

fn argument(known: &Known, spec: &Spec, param: &Param, node: &Node, faults: &mut Faults) -> Option<Arg> {
    let what = format!("`{}` of mask `{}`", param.name, spec.name);
    let what = what.as_str();
    match param.kind {
        ParamKind::Text | ParamKind::Expression => faults.text(node, what).map(|text| Arg::Text(text.value)),
        ParamKind::Scalar => {
            let scalar = faults.scalar(node, what, "a text, a number, true or false; the mask `erase` makes NULL")?;
            Some(Arg::Text(scalar.text.clone()))
        }
        ParamKind::Word(words) => {
            let scalar = faults.scalar(node, what, &format!("one of {}", words.join(", ")))?;
            if !words.contains(&scalar.text.as_str()) {
                faults.unknown_word(scalar, what, words.iter().copied());
                return None;
            }
            Some(Arg::Text(scalar.text.clone()))
        }
        ParamKind::Integer(low, high) => faults.integer(node, what, low..=high).map(Arg::Integer),
        ParamKind::Number => {
            let number = |scalar: &Scalar| scalar::is_decimal(&scalar.text).then(|| scalar.text.clone());
            faults.read(node, what, "a decimal number, as in 0.25", number).map(Arg::Text)
        }
        ParamKind::Boolean => faults.boolean(node, what).map(Arg::Boolean),
        ParamKind::Period => faults.period(node, what).map(Arg::Period),
        ParamKind::Range => {
            let range = |scalar: &Scalar| scalar::range(&scalar.text);
            faults.read(node, what, "two whole numbers, as in 1..5", range).map(|(low, high)| Arg::Range(low, high))
        }
        ParamKind::Texts => {
            let texts = faults.texts(node, what)?;
            Some(Arg::Texts(texts.into_iter().map(|text| text.value).collect()))
        }
        ParamKind::Choices => choices_of(node, what, faults),
        ParamKind::Masks => Some(Arg::Masks(masks_of(known, node, what, faults)?)),
    }
}

pub(super) fn choices_of(node: &Node, what: &str, faults: &mut Faults) -> Option<Arg> {
    const WANTED: &str = "a list, as in `[open, done]`, or weights, as in `{ open: 2, done: 7 }`";
    let choices: Vec<(String, f64)> = match node {
        Node::List(items, _) => {
            items.iter().filter_map(|item| Some((faults.scalar(item, what, "texts")?.text.clone(), 1.0))).collect()
        }
        Node::Map(entries, _) => entries.iter().filter_map(|entry| weight(entry, what, faults)).collect(),
        other => {
            faults.wrong(other, what, WANTED);
            return None;
        }
    };
    if choices.is_empty() {
        faults.add("wrong-type", &node.span(), format!("{what} is empty"), format!("it takes {WANTED}"));
        return None;
    }
    if choices.iter().all(|(_, weight)| *weight == 0.0) {
        faults.add("wrong-type", &node.span(), format!("{what} has no weight above 0"), "");
    }
    Some(Arg::Choices(choices))
}

fn weight(entry: &Entry, what: &str, faults: &mut Faults) -> Option<(String, f64)> {
    let number = |scalar: &Scalar| {
        let weight: f64 = scalar.text.parse().ok().filter(|_| scalar::is_decimal(&scalar.text))?;
        (weight >= 0.0 && weight.is_finite()).then_some(weight)
    };
    let of = format!("the weight of {} in {what}", shown(&entry.key.text));
    Some((entry.key.text.clone(), faults.read(&entry.value, &of, "a number from 0", number)?))
}

fn masks_of(known: &Known, node: &Node, what: &str, faults: &mut Faults) -> Option<Vec<(String, MaskRef)>> {
    let entries = faults.entries(node, what)?;
    let masks =
        entries.iter().filter_map(|entry| Some((entry.key.text.clone(), known.mask(&entry.value, &[], faults)?)));
    Some(masks.collect())
}

/// Reads `normalise:` beside the mask of a domain, one word or several in order.
fn normalise(fields: &Fields<'_>, faults: &mut Faults) -> Vec<Normal> {
    match fields.get("normalise") {
        None => Vec::new(),
        Some(Node::List(items, _)) => items.iter().filter_map(|item| faults.word(item, "`normalise`")).collect(),
        Some(word) => faults.word(word, "`normalise`").into_iter().collect(),
    }
}

/// Reads `types:` beside the mask of a pattern.
pub fn types(fields: &Fields<'_>, faults: &mut Faults) -> Option<Vec<Spanned<String>>> {
    let node = fields.get("types")?;
    let types = faults.texts(node, "`types`")?;
    if types.is_empty() {
        faults.add("wrong-type", &node.span(), "`types` is empty", "name types, as in `[inet, text]`");
    }
    Some(types)
}
