//! Times by turns, and the tables of them.

use std::time::Duration;

use crate::measure::{Table, median, nanos, ratio, short, to_f64};

/// One line of a table: what is timed, and how many things that is done to.
pub struct Racer<'a> {
    pub name: String,
    pub things: usize,
    pub run: Box<dyn FnMut() -> Duration + 'a>,
}

impl<'a> Racer<'a> {
    pub fn new(name: impl Into<String>, things: usize, run: impl FnMut() -> Duration + 'a) -> Self {
        Self { name: name.into(), things, run: Box::new(run) }
    }
}

/// Lets all take turns; gives nanoseconds a thing for each racer, round by round.
pub fn race(racers: &mut [Racer<'_>], rounds: usize) -> Vec<Vec<f64>> {
    let mut times = vec![Vec::new(); racers.len()];
    for _ in 0..rounds {
        for (racer, times) in racers.iter_mut().zip(&mut times) {
            times.push(nanos((racer.run)()) / to_f64(racer.things));
        }
    }
    times
}

/// Prints what a race came to: each time, and its ratio to that of a racer whom `beside` names by
/// place.
pub fn table(
    title: String,
    columns: &[&'static str; 3],
    racers: &mut [Racer<'_>],
    rounds: usize,
    beside: impl Fn(usize) -> usize,
) {
    let times = race(racers, rounds);
    let mut table = Table::new(title, columns);
    for (place, racer) in racers.iter().enumerate() {
        let ratio = ratio(&times[place], &times[beside(place)]);
        table.push(vec![racer.name.clone(), short(median(times[place].clone())), short(ratio)]);
    }
    println!("{}", table.to_markdown());
}

/// A count, in millions where it is some.
pub fn count(number: usize) -> String {
    if number.is_multiple_of(1_000_000) {
        format!("{} million", number / 1_000_000)
    } else {
        number.to_string()
    }
}
