//! `user_agent`: what common browsers say of themselves.

use super::{COMMON, Class, Example, Spec, draw_text};

/// Browsers, with `#` for the version, which is drawn.
const BROWSERS: &[&str] = &[
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/#.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/#.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/#.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/#.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:#.0) Gecko/20100101 Firefox/#.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:#.0) Gecko/20100101 Firefox/#.0",
];

/// The mask.
pub const USER_AGENT: Spec = Spec {
    name: "user_agent",
    also: &["useragent", "browser"],
    summary: "What a common browser says of itself.",
    docs: "One of six browsers in one of forty versions.",
    class: Class::Quasi,
    equal_at_most: 0.02,
    output: "browsers of a list",
    examples: &[Example {
        column: "text",
        params: "",
        input: "Mozilla/5.0 (Amiga; Maria's own build)",
        output: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:119.0) Gecko/20100101 Firefox/119.0",
    }],
    compile: |_, shape, _| {
        let longest = BROWSERS.iter().map(|browser| browser.len() + 2 * browser.matches('#').count()).max();
        shape.needs(longest.unwrap_or(0), "a user agent", "a longer column, or `text`")?;
        Ok(Box::new(|value, context, output| {
            draw_text(value, context, output, |draw, to| {
                let (browser, version) = (draw.pick(BROWSERS), 100 + draw.below(40) as i64);
                for (at, part) in browser.split('#').enumerate() {
                    if at > 0 {
                        crate::pg::value::print(crate::pg::value::Value::Integer(version), to);
                    }
                    to.extend_from_slice(part.as_bytes());
                }
            })
        }))
    },
    ..COMMON
};
