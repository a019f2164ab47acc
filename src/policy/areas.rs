//! Areas by name: the resolution of the regions that a policy defines, and of the shipped ones.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::policy::gazetteer::Gazetteer;
use crate::policy::policy::OwnRegion;
use crate::policy::region::{Area, Region};
use crate::values::error::{ReadError, ValueError};
use crate::values::place::{Place, named};
use crate::values::time::{Span, Timestamp};

/// The areas that a policy can name: the regions that it defines, and what the crate ships.
pub(super) struct Areas {
    pub(super) own: BTreeMap<String, OwnRegion>,
}

impl Areas {
    /// Resolves the regions that a policy defines. They may include each other, but not in a
    /// circle.
    pub(super) fn resolve(regions: &BTreeMap<String, Vec<String>>) -> Result<Self, ReadError> {
        let mut areas = Self { own: BTreeMap::new() };
        for name in regions.keys() {
            check_region_name(name).map_err(|e| e.at_field(format!("regions.{name}")))?;
        }
        for name in regions.keys() {
            areas.define(name, regions)?;
        }
        Ok(areas)
    }

    /// Adds a region after every region that it includes, at any depth.
    fn define<'a>(
        &mut self,
        name: &'a str,
        regions: &'a BTreeMap<String, Vec<String>>,
    ) -> Result<(), ReadError> {
        let mut next = Some(name);
        // The unfinished regions, outermost first, each with the names still to resolve.
        let mut open: Vec<(&str, &[String])> = Vec::new();
        let mut is_open = BTreeSet::new();
        loop {
            let undefined = next.take().filter(|name| !self.own.contains_key(*name));
            if let Some((name, takes_in)) = undefined.and_then(|name| regions.get_key_value(name)) {
                if !is_open.insert(name.as_str()) {
                    return Err(circle(name, &open));
                }
                if takes_in.is_empty() {
                    let problem = "an empty region; name at least one country";
                    return Err(ReadError::new(problem).at_field(format!("regions.{name}")));
                }
                open.push((name, takes_in));
            }
            let Some((name, rest)) = open.last_mut() else { return Ok(()) };
            if let Some((first, others)) = rest.split_first() {
                *rest = others;
                next = Some(first);
            } else if let Some(takes_in) = regions.get(*name) {
                self.take_in(name, takes_in)?;
                open.pop();
            }
        }
    }

    /// Adds a region whose parts are already defined.
    fn take_in(&mut self, name: &str, takes_in: &[String]) -> Result<(), ReadError> {
        let path = format!("regions.{name}");
        let takes_in = self.find_all(takes_in, &path)?;
        let mut members = Vec::new();
        for (i, area) in takes_in.iter().enumerate() {
            match area {
                Area::Region(region) => members.extend(region.members()),
                Area::Country(country) => members.push((*country, Span::new(Timestamp::MIN))),
                Area::Everywhere | Area::Subdivision(_) => {
                    let problem = format!("`{area}`: a region consists of countries and regions");
                    return Err(ReadError::new(problem).at_field(format!("{path}[{i}]")));
                }
            }
        }
        let region = Arc::new(Region::new(name, members));
        self.own.insert(name.to_owned(), OwnRegion { region, takes_in });
        Ok(())
    }

    fn own_region(&self, name: &str) -> Option<&Arc<Region>> {
        self.own.get(name).map(|own| &own.region)
    }

    /// Returns the areas with these names. `path` is their field, for errors.
    pub(super) fn find_all(&self, names: &[String], path: &str) -> Result<Vec<Area>, ReadError> {
        let find = |(i, name): (usize, &String)| {
            self.find(name).map_err(|e| e.at_field(format!("{path}[{i}]")))
        };
        names.iter().enumerate().map(find).collect()
    }

    /// Returns the area with this name. A policy cannot redefine a shipped region.
    pub(super) fn find(&self, name: &str) -> Result<Area, ReadError> {
        if name == "*" {
            return Ok(Area::Everywhere);
        }
        if let Some(region) = self.own_region(name).or_else(|| Gazetteer::region(name)) {
            return Ok(Area::Region(Arc::clone(region)));
        }
        match name.parse::<Place>() {
            Ok(place) => Ok(place.into()),
            Err(error) if looks_like_a_place(name) => Err(ReadError::new(error)),
            Err(_) => {
                let mut known: Vec<&str> = Gazetteer::regions().map(Region::name).collect();
                known.extend(self.own.keys().map(String::as_str));
                let remedy = format!(
                    "use `*`, a region ({}), a country as in `FR`, or a subdivision as in `US-CA`",
                    known.join(", ")
                );
                Err(ReadError::new(ValueError::new("a place or a known region", name, remedy)))
            }
        }
    }
}

/// Returns the error of a region that includes itself, through the unfinished regions.
fn circle(name: &str, open: &[(&str, &[String])]) -> ReadError {
    let through = open.iter().map(|(open, _)| *open).skip_while(|open| *open != name);
    let through: Vec<&str> = through.collect();
    let problem = format!("`{name}` takes in itself, through {}", through.join(", "));
    ReadError::new(problem).at_field(format!("regions.{name}"))
}

/// Checks whether an unknown name was meant as a country or a subdivision: a code, or a country's
/// name.
fn looks_like_a_place(name: &str) -> bool {
    let country = name.split('-').next().unwrap_or_default();
    country.chars().count() <= 2 || name.len() == 3 || named(name).is_some()
}

/// Checks that the name of a region cannot be mistaken for another area.
fn check_region_name(name: &str) -> Result<(), ReadError> {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let remedy = if Gazetteer::region(name).is_some() {
        "it is a region that comes with the crate; choose another name"
    } else if name
        .split('-')
        .next()
        .is_some_and(|c| c.len() == 2 && c.bytes().all(|b| b.is_ascii_uppercase()))
    {
        "it could be taken for a country's code; choose another name"
    } else if name.is_empty() || !name.bytes().all(word) {
        "use letters, digits, hyphens and underscores"
    } else {
        return Ok(());
    };
    Err(ReadError::new(ValueError::new("a name for a region", name, remedy)))
}
