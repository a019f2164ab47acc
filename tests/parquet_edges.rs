//! The example `filter` over Parquet files that are damaged, old, packed by any codec, or in parts.
//! Needs the feature `parquet`.

mod common;

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use arrow_array::{RecordBatch, StringArray, TimestampMicrosecondArray};
use common::{example, text};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;
use tempfile::TempDir;

#[path = "../examples/shared/random.rs"]
mod random;
use random::Random;

const HOSTILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile/parquet");
const CREATED: i64 = 1_675_209_600_000_000;
const FLIPS: usize = 600;

struct World {
    folder: TempDir,
    filter: PathBuf,
}

impl World {
    fn new() -> Self {
        let world = Self { folder: TempDir::new().expect("a folder"), filter: example("filter") };
        let subject = r#"{"id":"u1","residence":[{"at":"2019-01-01","place":"US"}]}"#;
        fs::write(world.path("subjects.ndjson"), subject).expect("written");
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn filter(&self, records: &str, more: &[&str]) -> Output {
        let output = Command::new(&self.filter)
            .current_dir(self.folder.path())
            .args(["--as-of", "2024-12-01", "--subjects", "subjects.ndjson"])
            .args(["--records", records])
            .args(more)
            .output();
        output.expect("the example runs")
    }

    fn count(&self, records: &str) -> String {
        let output = self.filter(records, &["--summary", "-"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout).to_owned()
    }

    fn refuses(&self, records: &str, message: &str) {
        let output = self.filter(records, &["--decisions", "d.ndjson"]);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
        assert_eq!(text(&output.stderr), format!("filter: {message}\n"));
        assert!(!self.path("d.ndjson").exists());
    }

    fn write(&self, name: &str, records: &[&str], codec: Compression) {
        let properties = WriterProperties::builder().set_compression(codec).build();
        let file = File::create(self.path(name)).expect("a file");
        let batch = batch(records);
        let writer = ArrowWriter::try_new(file, batch.schema(), Some(properties));
        let mut writer = writer.expect("a writer");
        writer.write(&batch).expect("written");
        writer.close().expect("written");
    }

    fn rows(&self, name: &str) -> usize {
        let file = File::open(self.path(name)).expect(name);
        let rows = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build();
        rows.expect("Parquet").map(|batch| batch.expect("Parquet").num_rows()).sum()
    }
}

fn batch(records: &[&str]) -> RecordBatch {
    let same = |text| Arc::new(StringArray::from(vec![text; records.len()]));
    let created = TimestampMicrosecondArray::from(vec![CREATED; records.len()]);
    RecordBatch::try_from_iter([
        ("id", Arc::new(StringArray::from(records.to_vec())) as _),
        ("subject", same("u1") as _),
        ("kind", same("post") as _),
        ("created_at", Arc::new(created.with_timezone("UTC")) as _),
    ])
    .expect("columns")
}

#[test]
fn every_common_codec_is_read() {
    let world = World::new();
    for codec in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::ZSTD(ZstdLevel::default()),
    ] {
        world.write("r.parquet", &["r1", "r2", "r3"], codec);
        assert!(world.count("r.parquet").starts_with("{\"records\":3,\"eligible\":3,"), "{codec}");
    }
    // Written by Arrow for C++: Zstandard, gzip, LZ4 and Brotli, a column each.
    let count = world.count(&format!("{HOSTILE}/codecs.parquet"));
    assert!(count.starts_with("{\"records\":8,\"eligible\":8,"), "{count}");
}

#[test]
fn timestamps_of_int96_are_refused_with_the_setting_of_spark() {
    World::new().refuses(
        &format!("{HOSTILE}/int96.parquet"),
        &format!(
            "{HOSTILE}/int96.parquet: `created_at` is of type INT96, which has no zone; have Spark \
             write it with the setting spark.sql.parquet.outputTimestampType=TIMESTAMP_MICROS"
        ),
    );
}

#[test]
fn checksums_are_verified() {
    let world = World::new();
    let whole = fs::read(format!("{HOSTILE}/checksums.parquet")).expect("the file");
    fs::write(world.path("r.parquet"), &whole).expect("written");
    assert!(world.count("r.parquet").starts_with("{\"records\":8,\"eligible\":8,"));
    // Where two values stand, each after its length: not in the statistics.
    let values = b"post\x04\0\0\0post";
    let post = whole.windows(values.len()).position(|bytes| bytes == values).expect("a page");
    let mut damaged = whole;
    damaged[post + 1] ^= 1; // `pnst`, which would be a kind of its own
    fs::write(world.path("r.parquet"), damaged).expect("written");
    let message = "cannot be read as Parquet: Parquet argument error: Parquet error: ";
    world.refuses("r.parquet", &format!("r.parquet: {message}Page CRC checksum mismatch"));
}

/// What a flip can change without a checksum is a value; it never ends in a panic.
#[test]
fn a_bit_that_flips_is_an_answer_or_a_message() {
    let world = World::new();
    world.write("r.parquet", &["r1", "r2", "r3", "r4"], Compression::UNCOMPRESSED);
    let of_ours = fs::read(world.path("r.parquet")).expect("the file");
    let of_others = fs::read(format!("{HOSTILE}/codecs.parquet")).expect("the file");
    let mut random = Random::new(96);
    let mut refused = 0;
    for flip in 0..FLIPS {
        let mut damaged = if flip % 2 == 0 { of_ours.clone() } else { of_others.clone() };
        let bit = usize::try_from(random.below(8 * damaged.len() as u64)).expect("an index");
        damaged[bit / 8] ^= 1 << (bit % 8);
        fs::write(world.path("r.parquet"), &damaged).expect("written");
        let asked = ["--decisions", "d.parquet", "--admitted", "a.parquet"];
        let output = world.filter("r.parquet", &asked);
        let said = text(&output.stderr);
        match output.status.code() {
            Some(0) => {}
            Some(2) => {
                refused += 1;
                assert!(said.starts_with("filter: r.parquet: "), "bit {bit}: {said}");
                assert!(!said.contains("panicked"), "bit {bit}: {said}");
                assert!(!world.path("d.parquet").exists() && !world.path("a.parquet").exists());
            }
            code => panic!("bit {bit} of {}: {code:?}: {said}", damaged.len()),
        }
        for made in ["d.parquet", "a.parquet"] {
            let _ = fs::remove_file(world.path(made));
        }
        assert_eq!(fs::read_dir(world.folder.path()).expect("a folder").count(), 2, "bit {bit}");
    }
    assert!(refused > FLIPS / 4, "only {refused} flips were noticed");
}

#[test]
fn parts_are_read_and_empty_ones_among_them() {
    let world = World::new();
    fs::create_dir(world.path("parts")).expect("a folder");
    world.write("parts/part-0.parquet", &[], Compression::SNAPPY);
    let asked = ["--decisions", "d.parquet", "--admitted", "a.parquet"];
    // Parts without records give tables without rows, and not without columns.
    world.write("parts/part-1.parquet", &[], Compression::SNAPPY);
    let output = world.filter("parts", &asked);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!((world.rows("d.parquet"), world.rows("a.parquet")), (0, 0));

    world.write("parts/part-1.parquet", &["r1", "r2"], Compression::SNAPPY);
    world.write("parts/part-2.parquet", &["r3"], Compression::UNCOMPRESSED);
    fs::write(world.path("parts/_SUCCESS"), "").expect("written");
    for named in ["parts", "parts/part-*.parquet"] {
        let output = world.filter(named, &asked);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!((world.rows("d.parquet"), world.rows("a.parquet")), (3, 3));
    }

    let other = batch(&["r4"]).project(&[3, 2, 1, 0]).expect("columns");
    let file = File::create(world.path("parts/part-3.parquet")).expect("a file");
    let mut writer = ArrowWriter::try_new(file, other.schema(), None).expect("a writer");
    writer.write(&other).expect("written");
    writer.close().expect("written");
    assert!(world.count("parts").starts_with("{\"records\":4,"));
    let output = world.filter("parts", &["--admitted", "b.parquet"]);
    assert_eq!(output.status.code(), Some(2));
    let message = "filter: parts/part-3.parquet: its columns are not those of the files before it; \
                   filter it apart, or leave --admitted out\n";
    assert_eq!(text(&output.stderr), message);
    assert!(!world.path("b.parquet").exists());
}

#[test]
fn what_ends_in_parquet_is_not_packed_once_more() {
    World::new().refuses(
        "r.parquet.gz",
        "r.parquet.gz: Parquet is packed inside; end the name in .parquet",
    );
}
