//! Running the examples as commands.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Once;

/// The example binaries stand beside the directory of this test; `cargo test` builds them.
pub fn binary(name: &str) -> PathBuf {
    static BUILD: Once = Once::new();
    let deps = std::env::current_exe().unwrap();
    let examples = deps.parent().unwrap().parent().unwrap().join("examples");
    let path = |name: &str| examples.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    BUILD.call_once(|| {
        let names = ["feasibility", "pay", "reliability", "round", "solve"];
        if !names.iter().all(|name| path(name).exists()) {
            // Only this test was asked for: they are built in its profile.
            let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
            let mut cargo = Command::new(std::env::var_os("CARGO").unwrap());
            assert!(cargo.args(["build", "--examples", "--profile", profile]).status().unwrap().success());
        }
    });
    path(name)
}

/// A directory of its own for a test, empty at first.
pub fn directory(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

pub fn run(name: &str, args: &[&str]) -> Output {
    Command::new(binary(name)).args(args).env_remove("BENCH_RUNS").output().unwrap()
}

pub fn json(output: &Output) -> serde_json::Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = core::str::from_utf8(&output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    serde_json::from_str(text).unwrap()
}

/// Exit code 2, nothing on standard output, one line on standard error with all the given pieces.
pub fn refused(output: &Output, pieces: &[&str], case: &str) {
    let errors = core::str::from_utf8(&output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{case}: {errors}");
    assert!(output.stdout.is_empty(), "{case}");
    assert!(errors.ends_with('\n') && errors.lines().count() == 1, "{case}: {errors}");
    for piece in pieces {
        assert!(errors.contains(piece), "{case}: \"{piece}\" is not in {errors}");
    }
}

pub fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}
