//! Numbers spread over a range: evenly, or as the classical distributions have it.

use super::{Draw, Histogram};
use std::sync::Arc;

/// How often a number outside of the range is drawn anew before its end is taken.
const TRIES: usize = 16;

/// A range and how numbers lie in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// Least.
    pub low: f64,
    /// Greatest.
    pub high: f64,
    /// How they lie between.
    pub shape: Shape,
}

/// A distribution.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Every number is as likely as another.
    Uniform,
    /// Around a mean (Box and Muller, 1958).
    Normal {
        /// The mean.
        mean: f64,
        /// The standard deviation.
        deviation: f64,
    },
    /// Around a median, with a long tail.
    LogNormal {
        /// The median.
        median: f64,
        /// The standard deviation of the logarithm.
        sigma: f64,
    },
    /// Counts of what happens by itself (Knuth, 1969).
    Poisson {
        /// The mean.
        mean: f64,
    },
    /// Few have much: the least number is the most likely one.
    Zipf {
        /// How steep it is; 1 is usual.
        exponent: f64,
    },
    /// As they were seen elsewhere.
    Histogram(Arc<Histogram>),
}

impl Spread {
    /// Every number of a range as likely as another.
    pub fn uniform(low: f64, high: f64) -> Self {
        Spread { low, high, shape: Shape::Uniform }
    }

    /// As it was seen elsewhere.
    pub fn seen(histogram: Arc<Histogram>) -> Self {
        let (low, high) = histogram.bounds();
        Spread { low, high, shape: Shape::Histogram(histogram) }
    }

    /// The part of it that lies between two bounds.
    pub fn within(&self, low: f64, high: f64) -> Self {
        Spread { low: self.low.max(low), high: self.high.min(high), shape: self.shape.clone() }
    }

    /// About the mean of its numbers.
    pub fn mean(&self) -> f64 {
        let mean = match &self.shape {
            Shape::Uniform => (self.low + self.high) / 2.0,
            Shape::Normal { mean, .. } | Shape::Poisson { mean } => *mean,
            Shape::LogNormal { median, sigma } => median * (sigma * sigma / 2.0).exp(),
            Shape::Zipf { .. } => self.low + (self.high - self.low) / 4.0,
            Shape::Histogram(histogram) => histogram.mean(),
        };
        mean.min(self.high).max(self.low)
    }

    /// The least and the greatest number, in steps of the last of so many places behind the point.
    pub fn steps(&self, places: u8) -> (i64, i64) {
        let scale = 10f64.powi(i32::from(places));
        ((self.low * scale - 1e-6).ceil() as i64, (self.high * scale + 1e-6).floor() as i64)
    }

    /// A number of the range, in the same steps.
    pub fn draw(&self, places: u8, draw: &mut Draw) -> i64 {
        let (least, greatest) = self.steps(places);
        let many = greatest.saturating_sub(least).max(0) as u64 + 1;
        match self.shape {
            Shape::Uniform => least + draw.below(many) as i64,
            Shape::Zipf { exponent } => least + rank(many as f64, exponent, draw).min(many as i64 - 1),
            _ => {
                let scale = 10f64.powi(i32::from(places));
                let mut drawn = least;
                for _ in 0..TRIES {
                    drawn = (self.free(draw) * scale).round() as i64;
                    if (least..=greatest).contains(&drawn) {
                        break;
                    }
                }
                drawn.min(greatest).max(least)
            }
        }
    }

    /// A number of the distribution, wherever it lies.
    fn free(&self, draw: &mut Draw) -> f64 {
        match &self.shape {
            Shape::Histogram(histogram) => histogram.draw(draw),
            Shape::Normal { mean, deviation } => mean + deviation * normal(draw),
            Shape::LogNormal { median, sigma } => median * (sigma * normal(draw)).exp(),
            Shape::Poisson { mean } if *mean > 60.0 => mean + mean.sqrt() * normal(draw),
            Shape::Poisson { mean } => {
                let (limit, mut product, mut count) = ((-mean).exp(), share(draw), 0.0);
                while product > limit {
                    product *= share(draw);
                    count += 1.0;
                }
                count
            }
            Shape::Uniform | Shape::Zipf { .. } => self.low,
        }
    }
}

/// A place from 0 among so many, the first of which is the most likely one: the inverse of Zipf's sum as an integral.
fn rank(many: f64, exponent: f64, draw: &mut Draw) -> i64 {
    let (part, end) = (share(draw), many + 1.0);
    let place = if (exponent - 1.0).abs() < 1e-9 {
        end.powf(part)
    } else {
        (1.0 + part * (end.powf(1.0 - exponent) - 1.0)).powf(1.0 / (1.0 - exponent))
    };
    place.floor() as i64 - 1
}

/// A number above 0 and below 1.
pub fn share(draw: &mut Draw) -> f64 {
    ((draw.bits() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
}

fn normal(draw: &mut Draw) -> f64 {
    let (radius, angle) = (share(draw), share(draw));
    (-2.0 * radius.ln()).sqrt() * (2.0 * std::f64::consts::PI * angle).cos()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::Stream;

    /// The mean and the median of many numbers, all of which are inside of 0..100.
    fn drawn(shape: Shape) -> (f64, f64) {
        let (spread, stream) = (Spread { low: 0.0, high: 100.0, shape }, Stream::new(1, "t", "c"));
        let mut all: Vec<i64> = (0..20_000).map(|row| spread.draw(0, &mut stream.row(row, 0))).collect();
        assert!(all.iter().all(|number| (0..=100).contains(number)));
        all.sort_unstable();
        (all.iter().sum::<i64>() as f64 / 20_000.0, all[10_000] as f64)
    }

    #[test]
    fn numbers_lie_as_their_distribution_says() {
        let near = |(mean, median): (f64, f64), wanted: (f64, f64)| {
            assert!((mean - wanted.0).abs() < 1.0 && (median - wanted.1).abs() <= 1.0, "{mean} {median}");
        };
        near(drawn(Shape::Uniform), (50.0, 50.0));
        near(drawn(Shape::Normal { mean: 40.0, deviation: 10.0 }), (40.0, 40.0));
        near(drawn(Shape::Poisson { mean: 3.0 }), (3.0, 3.0));
        near(drawn(Shape::LogNormal { median: 10.0, sigma: 0.5 }), (11.3, 10.0));
        let (mean, median) = drawn(Shape::Zipf { exponent: 1.0 });
        assert!(mean > 15.0 && mean < 30.0 && median < 12.0, "{mean} {median}");
    }

    #[test]
    fn numbers_stay_on_their_places() {
        let stream = Stream::new(1, "t", "c");
        let spread = Spread::uniform(0.005, 0.021);
        assert_eq!(spread.steps(2), (1, 2));
        assert!((0..100).all(|row| (1..=2).contains(&spread.draw(2, &mut stream.row(row, 0)))));
        assert_eq!(Spread::uniform(10.07, 10.07).draw(2, &mut stream.row(0, 0)), 1007);
        assert_eq!(Spread::uniform(1.0, 9.0).within(5.0, 4.0).draw(0, &mut stream.row(0, 0)), 5);
    }
}
