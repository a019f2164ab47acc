//! The pictures of the README: up to date, well-formed, and without words over words.

use std::error::Error;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;
use std::process::{Command, Output};

use may_train::{Policy, Record, Timestamp, ndjson};
use svg::node::Attributes;
use svg::node::element::tag::Type;
use svg::parser::{Event, Parser};
use tempfile::TempDir;

const COMMITTED: &str = env!("CARGO_MANIFEST_DIR");
const NAMES: [&str; 3] = ["linkedin-policy.svg", "subject-london.svg", "subject-moves.svg"];

/// How wide a letter is on average, in a wide font (`DejaVu Sans`), as a part of its size.
const REGULAR: f64 = 0.58;
const BOLD: f64 = 0.66;

type Failure = Box<dyn Error>;

/// Runs the example as a user would.
fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_picture")).args(args).output().expect("the example runs")
}

/// A picture drawn with these arguments.
fn draw(args: &[&str]) -> Result<String, Failure> {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("drawn.svg");
    let out = out.to_str().ok_or("the folder has no name in UTF-8")?;
    let output = run(&[args, &[out]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(std::fs::read_to_string(out)?)
}

/// The committed pictures, and two that have what these have not: every regime's hatching, selectors.
fn pictures() -> Result<Vec<(String, String)>, Failure> {
    let committed = |name: &str| {
        let svg = std::fs::read_to_string(Path::new(COMMITTED).join(name))?;
        Ok::<_, Failure>((name.to_owned(), svg))
    };
    let mut pictures = NAMES.into_iter().map(committed).collect::<Result<Vec<_>, _>>()?;
    let sample = |file: &str| format!("{COMMITTED}/../sample/{file}");
    let acme = sample("acme.toml");
    pictures.push(("acme".into(), draw(&["policy", &acme])?));
    let subjects = sample("subjects.ndjson");
    for id in ["u000", "u001", "u002"] {
        let args = ["subject", "--subjects", &subjects, "--id", id, "--policy", &acme];
        let created =
            ["--record-created", "2023-12-01", "--record-created", "2024-06-01T12:30:00Z"];
        pictures.push((id.into(), draw(&[&args[..], &created].concat())?));
    }
    Ok(pictures)
}

#[test]
fn the_committed_pictures_are_up_to_date() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let into = folder.path().to_str().ok_or("the folder has no name in UTF-8")?;
    let output = run(&["--into", into]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for name in NAMES {
        let drawn = std::fs::read_to_string(folder.path().join(name))?;
        let committed = std::fs::read_to_string(Path::new(COMMITTED).join(name))?;
        assert!(drawn == committed, "{name} is out of date: run the example without arguments");
    }
    Ok(())
}

#[test]
fn every_tag_is_closed() -> Result<(), Failure> {
    for (name, svg) in pictures()? {
        let mut open = Vec::new();
        for event in Parser::new(&svg) {
            match event {
                Event::Error(error) => panic!("{name}: {error}"),
                Event::Tag(tag, Type::Start, _) => open.push(tag),
                Event::Tag(tag, Type::End, _) => assert_eq!(open.pop(), Some(tag), "{name}"),
                Event::Text(_)
                | Event::Tag(_, Type::Empty, _)
                | Event::Comment(_)
                | Event::Declaration(_)
                | Event::Instruction(_) => {}
            }
        }
        assert!(open.is_empty(), "{name}: {open:?} is open");
        // What else would make it not well-formed: a reference that is none.
        let is_reference = |rest: &str| {
            ["amp;", "lt;", "gt;", "apos;", "quot;"].iter().any(|r| rest.starts_with(r))
        };
        assert!(svg.split('&').skip(1).all(is_reference), "{name}: a bare ampersand");
    }
    Ok(())
}

/// Words in a picture, and the box they are in.
#[derive(Debug)]
struct Words {
    said: String,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

fn number(attributes: &Attributes, name: &str) -> f64 {
    attributes.get(name).and_then(|value| value.parse().ok()).unwrap_or(0.0)
}

fn words(svg: &str) -> (f64, f64, Vec<Words>) {
    let (mut size, mut at, mut all) = ((0.0, 0.0), None, Vec::new());
    for event in Parser::new(svg) {
        match event {
            Event::Tag("svg", Type::Start, of) => {
                size = (number(&of, "width"), number(&of, "height"));
            }
            Event::Tag("text", Type::Start, attributes) => at = Some(attributes),
            Event::Tag("text", Type::End, _) => at = None,
            Event::Text(text) => {
                let Some(of) = &at else { continue };
                let (x, y, size) = (number(of, "x"), number(of, "y"), number(of, "font-size"));
                let letter = if of.contains_key("font-weight") { BOLD } else { REGULAR };
                let words = text.trim().replace("&amp;", "&").replace("&lt;", "<");
                let letters = words.chars().fold(0.0, |letters, _| letters + 1.0);
                let right = x + letters * letter * size;
                let (top, bottom) = (y - 0.75 * size, y + 0.2 * size);
                all.push(Words { said: words, left: x, right, top, bottom });
            }
            Event::Error(_)
            | Event::Tag(..)
            | Event::Comment(_)
            | Event::Declaration(_)
            | Event::Instruction(_) => {}
        }
    }
    (size.0, size.1, all)
}

#[test]
fn words_neither_run_into_each_other_nor_out_of_the_picture() -> Result<(), Failure> {
    for (name, svg) in pictures()? {
        let (width, height, all) = words(&svg);
        assert!(all.len() > 10, "{name}: {all:?}");
        for (i, a) in all.iter().enumerate() {
            let inside = a.left >= 0.0 && a.right <= width && a.top >= 0.0 && a.bottom <= height;
            assert!(inside, "{name}: {a:?} runs out of {width} × {height}");
            for b in all.iter().skip(i + 1) {
                let apart = a.right <= b.left
                    || b.right <= a.left
                    || a.bottom <= b.top
                    || b.bottom <= a.top;
                assert!(apart, "{name}: {a:?} runs into {b:?}");
            }
        }
    }
    Ok(())
}

/// What a flag says: since when, if not at first, and the grounds.
type Flag = (Option<Timestamp>, Vec<String>);

/// The flags of the only record in a picture.
fn flags(svg: &str) -> Result<Vec<Flag>, Failure> {
    let (_, _, all) = words(svg);
    let all = all.into_iter().map(|words| words.said);
    let mut flags: Vec<Flag> = Vec::new();
    for words in all.skip_while(|words| words != "at first").take_while(|words| words != "Cut-off")
    {
        match (words.strip_prefix("from "), flags.last_mut()) {
            (Some(since), _) => flags.push((Some(since.parse()?), Vec::new())),
            (None, None) => flags.push((None, Vec::new())),
            (None, Some((_, grounds))) => grounds.push(words),
        }
    }
    Ok(flags)
}

#[test]
fn the_flags_say_on_every_day_what_the_decision_says() -> Result<(), Failure> {
    const MICROS_PER_DAY: i64 = 86_400_000_000;
    let story = format!("{COMMITTED}/story.ndjson");
    let registry = ndjson::read_registry(BufReader::new(File::open(&story)?))?;
    let policy = Policy::shipped("linkedin")?;
    for (id, created) in [
        ("dublin-to-san-francisco", "2024-03-01"),
        ("dublin-to-san-francisco", "2024-10-20"),
        ("london", "2023-02-01"),
    ] {
        let args = ["subject", "--subjects", &story, "--id", id, "--policy", "linkedin"];
        let svg = draw(&[&args[..], &["--record-created", created]].concat())?;
        let flags = flags(&svg)?;
        assert!(flags.len() > 1, "{flags:?}");
        let record =
            Record::new("r".parse()?, "post".parse()?, created.parse()?).with_subject(id.parse()?);
        let first: Timestamp = "2024-09-12".parse()?;
        for day in 0..600 {
            let as_of = Timestamp::from_micros(first.as_micros() + day * MICROS_PER_DAY)?;
            let grounds = registry.view(&policy, as_of).decide(&record).grounds();
            let mut expected: Vec<_> = grounds.iter().map(|ground| ground.to_string()).collect();
            if expected.is_empty() {
                expected.push("nothing stands against it".into());
            }
            let holds = |(since, _): &&Flag| since.is_none_or(|t| t <= as_of);
            let said = flags.iter().rev().find(holds).map(|(_, grounds)| grounds);
            assert_eq!(said, Some(&expected), "{id}, {created}, at {as_of}");
        }
    }
    Ok(())
}

#[test]
fn what_cannot_be_drawn_ends_with_exit_code_2_and_one_message() {
    let story = format!("{COMMITTED}/story.ndjson");
    let nobody = ["subject", "--subjects", &story, "--id", "nobody", "--policy", "linkedin"];
    let nobody = [&nobody[..], &["--record-created", "2024-01-01", "/nowhere/at/all.svg"]].concat();
    for (args, message) in [
        (&nobody[..], "--id: `nobody` is not in "),
        (&["policy", "linkedout", "/nowhere/at/all.svg"], "`linkedout` is neither a file nor "),
        (
            &["policy", "linkedin", "/nowhere/at/all.svg"],
            "/nowhere/at/all.svg: cannot be written: ",
        ),
        (
            &["policy", "linkedin", "/nowhere/at/all.png"],
            "/nowhere/at/all.png: a picture is written as SVG: end the name in .svg",
        ),
        (&["policy", "linkedin", "svg"], "svg: a picture is written as SVG: end the name in .svg"),
        (
            &["--into", "/nowhere/at/all"],
            "--into: `/nowhere/at/all` is no folder: name one that exists",
        ),
        (&["--into", &story], &format!("--into: `{story}` is no folder: name one that exists")),
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.starts_with(&format!("picture: {message}")), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn a_folder_for_all_pictures_is_refused_beside_a_single_one() {
    let output = run(&["--into", "/nowhere", "policy", "linkedin", "/nowhere/at/all.svg"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("--into"), "{said}");
}

/// The commands share how they open and keep files: `tests/edges` of the crate has the other edges.
#[test]
fn a_picture_is_never_drawn_over_what_it_is_drawn_from() -> Result<(), Failure> {
    let folder = TempDir::new()?;
    let story = folder.path().join("story.svg");
    let kept = fs::read_to_string(Path::new(COMMITTED).join("story.ndjson"))?;
    fs::write(&story, &kept)?;
    let name = story.to_str().ok_or("a name")?;
    let output = run(&[
        "subject",
        "--subjects",
        name,
        "--id",
        "london",
        "--policy",
        "linkedin",
        "--record-created",
        "2023-02-01",
        name,
    ]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said, format!("picture: {name}: would be written over; name another file\n"));
    assert_eq!(fs::read_to_string(&story)?, kept);

    let output = run(&["policy", "linkedin", "-"]);
    assert!(output.status.success() && output.stdout.starts_with(b"<svg"));
    let output = run(&["policy", "linkedin", "/dev/full"]);
    assert_eq!(output.status.code(), Some(2));
    Ok(())
}
