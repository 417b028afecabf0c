//! How `hob` is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        // Unwinding comes with the program instead of in libgcc_s.so.1, which asks the processor for
        // its features whenever it is loaded: a twelfth of the time that `hob --version` takes.
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}
