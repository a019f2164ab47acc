//! The front page: README.md, which the documentation shows as well as the repository.
//!
//! README.md names pictures and API items by reference. Its own references lead to files and to
//! docs.rs; `src/guide/front_page.md` stands before it in the documentation, and the first
//! definition of a reference wins. With `MAY_TRAIN_BLESS=1` the test writes that file anew.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

const PAGE: &str = "src/guide/front_page.md";

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A picture as the address of itself.
fn data_uri(svg: &str) -> String {
    let mut uri = "data:image/svg+xml,".to_owned();
    for byte in svg.bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'-'
            | b'_'
            | b'.'
            | b'/'
            | b':'
            | b'='
            | b','
            | b';' => {
                uri.push(char::from(byte));
            }
            _ => write!(uri, "%{byte:02X}").expect("a string takes all"),
        }
    }
    uri
}

/// The references of README.md: name and address.
fn references(readme: &str) -> Vec<(&str, &str)> {
    readme.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: ")).collect()
}

#[test]
fn the_documentation_shows_the_pictures_and_links_the_names_of_the_readme() {
    let readme = read("README.md");
    let mut page = String::new();
    for (name, address) in references(&readme) {
        let shown = if Path::new(address).extension().is_some_and(|ending| ending == "svg") {
            data_uri(&read(address))
        } else if let Some(path) =
            address.strip_prefix("https://docs.rs/may-train/latest/may_train/")
        {
            let item = name.trim_matches('`');
            let last = item.rsplit("::").next().unwrap_or(item);
            assert!(path.contains(last), "`{name}` leads to {address}");
            format!("crate::{item}")
        } else {
            assert!(!read(address).is_empty());
            format!("https://docs.rs/crate/may-train/latest/source/{address}")
        };
        writeln!(page, "[{name}]: {shown}").expect("a string takes all");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    if env::var_os("MAY_TRAIN_BLESS").is_some() {
        fs::write(path, &page).expect("the page is written");
    }
    assert!(read(PAGE) == page, "{PAGE} is out of date: run this test with MAY_TRAIN_BLESS=1");
}

#[test]
fn every_reference_of_the_readme_is_used_and_defined() {
    let readme = read("README.md");
    let references = references(&readme);
    assert!(references.len() > 5, "the references were not found");
    for (name, _) in &references {
        assert!(readme.matches(&format!("[{name}]")).count() > 1, "`{name}` is not used");
    }
}

#[test]
fn the_front_page_is_short() {
    assert!(read("README.md").lines().count() <= 130, "README.md: more than 130 lines");
}
