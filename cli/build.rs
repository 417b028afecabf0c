//! How `hob` is linked.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") != "linux" || target("ENV") != "gnu" {
        return;
    }
    // Unwinding comes with the program instead of in libgcc_s.so.1, which asks the processor for
    // its features whenever it is loaded: a twelfth of the time that `hob --version` takes.
    println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    // Twenty thousand pointers are made to fit wherever the program was loaded. They are listed in a
    // bit each instead of 24 bytes (DT_RELR), where the loader knows how to read that.
    let is_native = std::env::var("HOST") == std::env::var("TARGET");
    if is_native && glibc().is_some_and(|version| (2, 36) <= version) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// Which one this machine has, as getconf(1) says.
fn glibc() -> Option<(u32, u32)> {
    let said = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    let (major, minor) = said.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
}
