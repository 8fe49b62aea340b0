//! What masks look at in their row beside their own fields, in an order in which each is made after what it looks at.

use super::bind::Bound;
use super::columns::Verdicts;
use super::{Action, ColumnPlan};
use crate::mask::{Family, Sees};
use crate::words::diagnostic::{Diagnostic, Place, nearest};
use crate::words::name::Name;
use petgraph::algo::toposort;
use petgraph::graphmap::DiGraphMap;
use petgraph::visit::Bfs;
use std::collections::BTreeSet;

/// A column that a mask of its table looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Its place among the columns of the table's plan.
    pub column: usize,
    /// True if the real value is looked at too, because other texts of the row may repeat it.
    pub real: bool,
}

/// The columns that masks of a table look at; what cannot be looked at is found.
pub fn seen(bound: &Bound<'_>, verdicts: &Verdicts, columns: &[ColumnPlan], found: &mut Vec<Diagnostic>) -> Vec<Seen> {
    let looker = Looker { bound, verdicts, columns };
    // From what is looked at to what looks.
    let mut graph = DiGraphMap::<usize, ()>::new();
    let mut readers = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        match sees(column) {
            Sees::Field => {}
            Sees::MaskedTexts => readers.push(at),
            Sees::Columns(names) => {
                for name in &names {
                    match looker.column(at, name) {
                        Ok(Some(seen)) => {
                            graph.add_edge(seen, at, ());
                        }
                        Ok(None) => {}
                        Err(diagnostic) => found.push(*diagnostic),
                    }
                }
            }
        }
    }
    let real = looker.texts(&graph, &readers);
    for (text, reader) in real.iter().flat_map(|text| readers.iter().map(move |reader| (*text, *reader))) {
        graph.add_edge(text, reader, ());
    }
    match toposort(&graph, None) {
        Ok(order) => {
            let looked_at = order.into_iter().filter(|at| graph.neighbors(*at).next().is_some());
            looked_at.map(|column| Seen { column, real: real.contains(&column) }).collect()
        }
        Err(cycle) => {
            let at = cycle.node_id();
            let message = "its template looks at columns that are made of it";
            let help = "a template may look at kept columns, and at masked ones that do not look back";
            found.push(looker.error("template-circle", at, message.to_owned()).help(help));
            Vec::new()
        }
    }
}

fn sees(column: &ColumnPlan) -> Sees {
    match &column.action {
        Action::Mask(mask) => mask.rule.sees(),
        _ => Sees::Field,
    }
}

struct Looker<'l, 'a> {
    bound: &'l Bound<'a>,
    verdicts: &'l Verdicts,
    columns: &'l [ColumnPlan],
}

impl Looker<'_, '_> {
    /// The place of a column that a template names; `None` if it is refused already.
    fn column(&self, at: usize, name: &Name) -> Result<Option<usize>, Box<Diagnostic>> {
        let table = self.bound.table;
        let (message, help) = match table.column(name) {
            Some(column) if column.number == self.columns[at].number => (
                "its template names the column itself, whose real value must not come out".to_owned(),
                "name other columns of the row".to_owned(),
            ),
            Some(column) if column.generated => (
                format!("its template names `{name}`, which is generated: the target computes it later"),
                "name the columns that it is computed from".to_owned(),
            ),
            Some(_) => return Ok(self.columns.iter().position(|column| column.name == *name)),
            None => {
                let names = table.columns.iter().map(|column| column.name.as_str());
                let help = match nearest(name.as_str(), names) {
                    Some(near) => format!("did you mean `{}`?", Name::from(near)),
                    None => "a variable of a template is a column of the same table".to_owned(),
                };
                (format!("its template names `{name}`, and {} has no such column", table.name), help)
            }
        };
        Err(Box::new(self.error("template-unknown", at, message).help(help)))
    }

    /// Masked texts that others may repeat: those that are not made of one that repeats.
    fn texts(&self, graph: &DiGraphMap<usize, ()>, readers: &[usize]) -> BTreeSet<usize> {
        let mut behind: BTreeSet<usize> = readers.iter().copied().collect();
        for reader in readers.iter().filter(|reader| graph.contains_node(**reader)) {
            let mut walk = Bfs::new(graph, *reader);
            while let Some(at) = walk.next(graph) {
                behind.insert(at);
            }
        }
        let is_text = |column: &ColumnPlan| {
            matches!(&column.action, Action::Mask(mask) if mask.rule.spec.reads)
                && Family::of(&column.ty) == Some(Family::Text)
        };
        let texts = self.columns.iter().enumerate().filter(|(at, column)| !behind.contains(at) && is_text(column));
        match readers.is_empty() {
            true => BTreeSet::new(),
            false => texts.map(|(at, _)| at).collect(),
        }
    }

    fn error(&self, code: &'static str, at: usize, message: String) -> Diagnostic {
        let plan = &self.columns[at];
        let line =
            self.verdicts.get(self.bound.table.oid, plan.number).and_then(|verdict| verdict.decision.place.file());
        let place = match (self.bound.table.by_number(plan.number), line) {
            (Some(column), Some(line)) => self.bound.place(column, line),
            (Some(column), None) => Place::Object(self.bound.object(column)),
            (None, _) => Place::from(&self.bound.table.name),
        };
        Diagnostic::error(code, place, message)
    }
}
