//! Draws a policy over time, or one subject under it, as an SVG.
//!
//! ```text
//! cargo run --manifest-path examples/picture/Cargo.toml
//! cargo run --manifest-path examples/picture/Cargo.toml -- policy linkedin linkedin.svg
//! cargo run --manifest-path examples/picture/Cargo.toml -- subject --id london --policy linkedin \
//!     --subjects examples/picture/story.ndjson --record-created 2023-02-01 london.svg
//! ```
//!
//! Without arguments it draws the three pictures that the README shows. No rule is restated: what is
//! drawn is what the crate decides, asked at every instant at which something changes.

mod asked;
#[path = "../../shared/data.rs"]
mod data;
#[path = "../../shared/inputs.rs"]
mod inputs;
#[path = "../../shared/outputs.rs"]
mod outputs;
mod palette;
mod policy;
mod rows;
mod scale;
mod sheet;
#[path = "../../shared/policy_source.rs"]
mod source;
mod subject;
mod words;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use may_train::{Kind, SubjectId, Timestamp};

use subject::Sitting;

/// Where the pictures of the README are, and the subjects of its story.
const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// Draws a policy over time, or one subject under it.
///
/// Without a command: the three pictures of the README.
#[derive(Parser)]
#[command(name = "picture", version, args_conflicts_with_subcommands = true)]
struct Args {
    #[command(subcommand)]
    picture: Option<Picture>,
    /// The folder for the pictures of the README [default: examples/picture]
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Picture {
    /// A policy over time: places down, time across, coloured by regime.
    Policy {
        /// A shipped policy's id (linkedin), or a policy's TOML file.
        policy: String,
        /// The SVG to write; its name ends in `.svg`, or is `-` for the standard output.
        out: PathBuf,
    },
    /// One subject: residence, choice, regime, and which of their records may enter, when.
    Subject {
        /// The subjects, NDJSON.
        #[arg(long, value_name = "FILE")]
        subjects: PathBuf,
        /// The subject to draw.
        #[arg(long)]
        id: SubjectId,
        /// A shipped policy's id (linkedin), or a policy's TOML file.
        #[arg(long)]
        policy: String,
        /// When a record was created: RFC 3339 with an offset, or a date. Give it again for another.
        #[arg(long, value_name = "TIME", required = true)]
        record_created: Vec<Timestamp>,
        /// What kind of data the records are.
        #[arg(long, default_value = "post")]
        kind: Kind,
        /// Where to stop, shortly after this [default: shortly after the last change]
        #[arg(long, value_name = "TIME")]
        until: Option<Timestamp>,
        /// The title [default: the subject's id and the platform]
        #[arg(long)]
        title: Option<String>,
        /// The SVG to write; its name ends in `.svg`, or is `-` for the standard output.
        out: PathBuf,
    },
}

fn main() -> ExitCode {
    let args = Args::parse();
    let draw = || match args.picture {
        Some(picture) => picture.draw(),
        None => draw_all(&args.into.unwrap_or_else(|| PathBuf::from(HERE))),
    };
    outputs::run("picture", || draw().map(|()| ExitCode::SUCCESS))
}

/// Draws the pictures of the README.
fn draw_all(folder: &Path) -> Result<(), Box<dyn Error>> {
    if !folder.is_dir() {
        return Err(
            format!("--into: `{}` is no folder: name one that exists", folder.display()).into()
        );
    }
    let subject = |id: &str, title: &str, created: &[&str], until: Option<&str>, out: &str| {
        let created: Result<_, _> = created.iter().map(|created| created.parse()).collect();
        Ok::<_, Box<dyn Error>>(Picture::Subject {
            subjects: Path::new(HERE).join("story.ndjson"),
            id: id.parse()?,
            policy: "linkedin".into(),
            record_created: created?,
            kind: "post".parse()?,
            until: until.map(str::parse).transpose()?,
            title: Some(title.into()),
            out: folder.join(out),
        })
    };
    Picture::Policy { policy: "linkedin".into(), out: folder.join("linkedin-policy.svg") }
        .draw()?;
    subject(
        "dublin-to-san-francisco",
        "From Dublin to San Francisco, and an opt-out",
        &["2024-03-01", "2024-10-20"],
        // What comes after it does not change what may be trained on.
        Some("2024-12-10"),
        "subject-moves.svg",
    )?
    .draw()?;
    subject("london", "In London", &["2023-02-01"], None, "subject-london.svg")?.draw()
}

impl Picture {
    fn draw(&self) -> Result<(), Box<dyn Error>> {
        let out = self.out();
        let is_svg = inputs::is_standard(out)
            || out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("svg"));
        if !is_svg {
            let name = out.display();
            return Err(format!("{name}: a picture is written as SVG: end the name in .svg").into());
        }
        outputs::refuse_clashes(&[out], &self.inputs())?;
        let svg = match self {
            Self::Policy { policy, .. } => policy::draw(&source::read(policy)?)?,
            Self::Subject { subjects, id, policy, record_created, kind, until, title, .. } => {
                let registry = data::registry(subjects)?;
                let subject = registry.get(id).ok_or_else(|| {
                    format!("--id: `{id}` is not in {}: use one that is", subjects.display())
                })?;
                let sitting = Sitting {
                    registry: &registry,
                    subject,
                    policy: &source::read(policy)?,
                    record: "drawn".parse()?,
                    kind: kind.clone(),
                    created: record_created,
                    until: *until,
                    title: title.as_deref(),
                };
                sitting.draw()?
            }
        };
        Ok(outputs::write(out, svg.as_bytes())?)
    }

    fn inputs(&self) -> Vec<&Path> {
        let (policy, subjects) = match self {
            Self::Policy { policy, .. } => (policy, None),
            Self::Subject { policy, subjects, .. } => (policy, Some(subjects.as_path())),
        };
        source::file(policy).into_iter().chain(subjects).collect()
    }

    fn out(&self) -> &Path {
        match self {
            Self::Policy { out, .. } | Self::Subject { out, .. } => out,
        }
    }
}
