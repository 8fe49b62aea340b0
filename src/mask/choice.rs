//! `choice`: one of a list.

use super::{
    Accepts, Arg, Args, COMMON, Class, ColumnShape, Domains, Example, Family, MaskFn, Param, ParamKind, Refusal, Spec,
    Uniqueness, fixed,
};

/// The types whose values can be listed.
pub(super) const OPTIONS: &[Family] = &[
    Family::Text,
    Family::Enum,
    Family::Integer,
    Family::Decimal,
    Family::Float,
    Family::Boolean,
    Family::Date,
    Family::Timestamp,
    Family::Uuid,
    Family::Network,
];

/// The mask.
pub const CHOICE: Spec = Spec {
    name: "choice",
    also: &[
        "categorical",
        "generate_categorical",
        "random_in",
        "dict",
        "bool",
        "boolean",
        "enum",
        "cc_type",
        "currency",
    ],
    summary: "One of a list, each as likely as its weight; of an enum's labels if there is no list.",
    docs: "Equal values get equal choices, so a column of few values keeps much of its frequencies: with `by: id` each row draws \
           for itself. A value may come out as it went in.",
    params: &[Param {
        name: "options",
        kind: ParamKind::Choices,
        required: false,
        default: "the labels of the enum",
        help: "A list of values, or a map from value to weight.",
    }],
    accepts: Accepts::Families(OPTIONS),
    class: Class::Quasi,
    uniqueness: |args, shape| {
        let listed = match args.get("options") {
            Some(Arg::Choices(options)) => options.len(),
            Some(Arg::Texts(options)) => options.len(),
            _ => shape.labels().map_or(0, <[String]>::len),
        };
        Uniqueness::Few { outputs: listed.max(1) as f64 }
    },
    equal_at_most: 1.0,
    output: "the options",
    examples: &[
        Example { column: "text", params: "[open, done]", input: "waiting for Maria", output: "done" },
        Example { column: "text", params: "{ options: { free: 9, paid: 1 } }", input: "gold", output: "free" },
        Example { column: "int4", params: "[1, 2, 3]", input: "17", output: "2" },
    ],
    compile,
    ..COMMON
};

fn compile(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let options: Vec<(String, f64)> = match (args.get("options"), shape.labels()) {
        (Some(Arg::Choices(options)), _) => options.clone(),
        (Some(Arg::Texts(options)), _) => options.iter().map(|option| (option.clone(), 1.0)).collect(),
        (_, Some(labels)) => labels.iter().map(|label| (label.clone(), 1.0)).collect(),
        _ => return Err(Refusal::new("`choice` needs its options here", "`choice: [a, b]`")),
    };
    let total: f64 = options.iter().map(|(_, weight)| weight).sum();
    if options.iter().any(|(_, weight)| !weight.is_finite() || *weight < 0.0) || total <= 0.0 || !total.is_finite() {
        return Err(Refusal::new("the weights of `choice` are not positive numbers", "`choice: { a: 9, b: 1 }`"));
    }
    let mut table = Vec::with_capacity(options.len());
    let mut sum = 0.0;
    for (option, weight) in options {
        shape.needs(option.chars().count(), &format!("the option `{option}`"), "a shorter option")?;
        fixed::check_option(&option, shape)?;
        sum += weight;
        // The upper end of its share of 2⁵³.
        table.push(((sum / total * (1u64 << 53) as f64) as u64, option));
    }
    Ok(Box::new(move |value, context, output| {
        let drawn = context.draw(value).bits() >> 11;
        let at = table.partition_point(|(end, _)| *end <= drawn).min(table.len() - 1);
        output.text().extend_from_slice(table[at].1.as_bytes());
        Ok(())
    }))
}
