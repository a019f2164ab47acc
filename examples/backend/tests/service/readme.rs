//! The README lists every file of the service, with its lines of code.

use std::fs;
use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// A file that is longer is read by nobody.
const LONGEST: usize = 400;

fn collect(folder: &Path, files: &mut Vec<(String, usize)>) {
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|kind| kind == "rs" || kind == "sql") {
            let is_code = |line: &&str| {
                let line = line.trim();
                !line.is_empty() && !line.starts_with("//") && !line.starts_with("--")
            };
            let lines = fs::read_to_string(&path).unwrap().lines().filter(is_code).count();
            let name = path.strip_prefix(ROOT).unwrap().display().to_string();
            files.push((name, lines));
        }
    }
}

#[test]
fn the_readme_has_every_file_with_its_lines() {
    let mut files = Vec::new();
    for folder in ["migrations", "src"] {
        collect(&Path::new(ROOT).join(folder), &mut files);
    }
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    for (name, lines) in files {
        assert!(lines <= LONGEST, "{name} has {lines} lines of code");
        let row = readme.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        let row =
            row.unwrap_or_else(|| panic!("README.md has no row for `{name}` ({lines} lines)"));
        assert!(row.ends_with(&format!("| {lines} |")), "`{name}` has {lines} lines: {row}");
    }
}
