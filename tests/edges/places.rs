//! What stands in the place of a file that is written.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::world::{DECISION, World};

fn mode(world: &World, name: &str) -> u32 {
    fs::metadata(world.path(name)).expect(name).permissions().mode() & 0o7777
}

#[test]
fn a_file_that_is_replaced_keeps_its_mode() {
    let world = World::new();
    for bits in [0o600, 0o640, 0o666] {
        world.write("d", "earlier");
        fs::set_permissions(world.path("d"), Permissions::from_mode(bits)).expect("set");
        assert_eq!(world.filter("$records --decisions d").code, Some(0));
        assert_eq!((mode(&world, "d"), world.read("d").as_str()), (bits, DECISION));
    }
}

#[test]
fn a_new_file_follows_the_umask() {
    let world = World::new();
    for (umask, bits) in [("077", 0o600), ("022", 0o644), ("002", 0o664)] {
        let line = format!("umask {umask}; $filter $asked $records --decisions d{umask}");
        assert_eq!(world.run(&["filter"], &line).code, Some(0));
        assert_eq!(mode(&world, &format!("d{umask}")), bits);
    }
}

#[test]
fn a_link_is_written_through() {
    let world = World::new();
    fs::create_dir(world.path("far")).expect("a folder");
    symlink("far/d", world.path("there")).expect("a link");
    symlink("there", world.path("link")).expect("a link");
    for _ in 0..2 {
        // First there is no file yet, then there is.
        assert_eq!(world.filter("$records --decisions link").code, Some(0));
        assert!(world.path("link").is_symlink() && world.path("there").is_symlink());
        assert_eq!(world.read("far/d"), DECISION);
        assert!(!world.path("far/d").is_symlink());
        world.write("far/d", "earlier");
    }
    symlink("around", world.path("around")).expect("a link");
    let message = "around: cannot be written: a link that leads to itself; name a file";
    world.refuses("$records --decisions around", message);
}

#[test]
fn a_name_as_long_as_names_may_be_is_written() {
    let world = World::new();
    let name = "ä".repeat(127);
    assert_eq!(world.filter(&format!("$records --decisions {name}")).code, Some(0));
    assert_eq!(world.read(&name), DECISION);
}
