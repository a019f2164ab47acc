//! The public surface, as a list under review: `tests/public_api.txt` is what the crate offers.
//!
//! Every exported name stands there by its public path, with the signatures of its methods and the
//! traits that its own `impl` blocks give it. With `MAY_TRAIN_BLESS=1` the test writes the list anew.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{env, fs};

use source::{Source, braced, sources};

const LIST: &str = "tests/public_api.txt";

/// The modules that a user can name, from the root down.
fn public_modules(sources: &[Source]) -> BTreeSet<String> {
    let mut modules: BTreeSet<String> = [String::new()].into();
    loop {
        let before = modules.len();
        for source in sources
            .iter()
            .filter(|source| modules.contains(&source.module()))
            .map(|s| (s.module(), &s.code))
            .collect::<Vec<_>>()
        {
            let (parent, code) = source;
            for line in code.lines() {
                if let Some(name) = line.strip_prefix("pub mod ") {
                    let name = name.trim_end_matches([';', ' ', '{', '}']);
                    modules.insert(if parent.is_empty() {
                        name.to_owned()
                    } else {
                        format!("{parent}::{name}")
                    });
                }
            }
        }
        if modules.len() == before {
            return modules;
        }
    }
}

/// Each exported item, as (module that defines it, name), with its public path.
fn exports(sources: &[Source]) -> BTreeMap<(String, String), String> {
    let modules: BTreeSet<String> = sources.iter().map(Source::module).collect();
    let mut exports = BTreeMap::new();
    for public in public_modules(sources) {
        let Some(source) = sources.iter().find(|source| source.module() == public) else {
            continue;
        };
        let prefix = if public.is_empty() { String::new() } else { format!("{public}::") };
        for item in items(&source.code) {
            exports.insert((public.clone(), item.clone()), format!("{prefix}{item}"));
        }
        for (_, rest) in source
            .code
            .match_indices("pub use ")
            .map(|(at, found)| (at, &source.code[at + found.len()..]))
        {
            let tree = rest.split(';').next().unwrap_or_default();
            let (module, names) = match tree.split_once('{') {
                Some((module, names)) => {
                    (module.trim_end_matches("::"), names.trim_end_matches('}'))
                }
                None => tree.rsplit_once("::").expect("a path"),
            };
            let module = module.split_whitespace().collect::<String>();
            let module = match module.strip_prefix("crate::") {
                Some(module) => module.to_owned(),
                None => format!("{prefix}{module}"),
            };
            assert!(modules.contains(&module), "`{module}` is no file");
            for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                exports.insert((module.clone(), name.to_owned()), format!("{prefix}{name}"));
            }
        }
    }
    exports
}

/// The names of the public items that a file defines itself.
fn items(code: &str) -> Vec<String> {
    let kinds = ["struct ", "enum ", "fn ", "const fn ", "trait ", "type ", "const ", "macro "];
    code.lines()
        .filter_map(|line| {
            line.trim_start().strip_prefix("pub ").filter(|_| !line.starts_with("        "))
        })
        .filter_map(|rest| kinds.iter().find_map(|kind| rest.strip_prefix(kind)))
        .map(|rest| {
            rest.split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .filter(|name| !name.is_empty())
        .collect()
}

/// White space folded to one space.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace("( ", "(").replace(", )", ")")
}

/// The lines of the list about what one file defines.
fn describe(
    source: &Source,
    exports: &BTreeMap<(String, String), String>,
    list: &mut BTreeMap<String, BTreeSet<String>>,
) {
    let module = source.module();
    let path_of = |name: &str| {
        exports.get(&(module.clone(), name.to_owned())).or_else(|| {
            let mut paths =
                exports.iter().filter(|((_, known), _)| known == name).map(|(_, path)| path);
            paths.next().filter(|_| paths.next().is_none())
        })
    };
    for name in items(&source.code) {
        if let Some(path) = exports.get(&(module.clone(), name)) {
            list.entry(path.clone()).or_default();
        }
    }
    for (at, _) in source.code.match_indices("\nimpl") {
        let rest = &source.code[at + 1..];
        let open = rest.find('{').expect("a body");
        let header = folded(&rest[..open]);
        let of = header.rsplit_once(" for ").map_or_else(
            || {
                let after = header.trim_start_matches("impl");
                let after = if after.starts_with('<') {
                    after.split_once("> ").map_or(after, |(_, rest)| rest)
                } else {
                    after
                };
                after.trim().to_owned()
            },
            |(_, of)| of.to_owned(),
        );
        let name = of.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        let Some(path) = path_of(name) else { continue };
        let lines = list.entry(path.clone()).or_default();
        if header.contains(" for ") {
            lines.insert(header);
            continue;
        }
        let body = braced(&rest[open..]);
        for (at, _) in body.match_indices("\n    pub ") {
            let signature = body[at + 1..].split(['{', ';']).next().unwrap_or_default();
            if !signature.trim_start().starts_with("pub(") {
                lines.insert(folded(signature));
            }
        }
    }
}

#[test]
fn the_public_surface_is_the_one_under_review() {
    let sources = sources();
    let exports = exports(&sources);
    let mut list: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in &sources {
        describe(source, &exports, &mut list);
    }
    for path in exports.values() {
        list.entry(path.clone()).or_default();
    }
    let root = list.keys().filter(|path| !path.contains("::")).count();
    let mut text = format!("{} names, {root} of them at the root\n", list.len());
    for (path, lines) in list {
        text.extend(["\n", &path, "\n"]);
        for line in lines {
            text.extend(["    ", &line, "\n"]);
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(LIST);
    if env::var_os("MAY_TRAIN_BLESS").is_some() {
        fs::write(&path, &text).expect("the list is written");
    }
    let reviewed = fs::read_to_string(&path).expect("the list");
    assert!(
        reviewed == text,
        "the public surface changed: run with MAY_TRAIN_BLESS=1 and read the difference of {LIST}"
    );
}
