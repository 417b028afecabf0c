//! Where the launcher begins: before the C library, see `src/entry.rs`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") == "linux" && ["x86_64", "aarch64"].contains(&target("ARCH").as_str()) {
        println!("cargo::rustc-link-arg-bin=hob-launch=-Wl,--entry=hob_launch_begin");
    }
}
