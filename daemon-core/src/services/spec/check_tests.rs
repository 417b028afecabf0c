//! Tests of `check`: what good tables become, and what is said about bad ones.

use super::*;
use crate::config::{Size, Span};
use crate::runs::Signal;
use crate::runs::conf::Controllers;
use crate::services::spec::Kind;
use proptest::prelude::*;
use std::path::Path;

fn around() -> Surroundings {
    Surroundings { home_dir: "/home/ada".into(), is_root: false, controllers: Controllers::default() }
}

fn read(text: &str) -> Vec<Written> {
    let tables: BTreeMap<String, ServiceConf> = toml::from_str(text).unwrap();
    tables
        .into_iter()
        .map(|(name, conf)| Written { name, conf, dir: "/etc/hob".into(), kept: None })
        .collect()
}

fn specs(text: &str) -> BTreeMap<String, Arc<Spec>> {
    check(read(text), &ServiceConf::default(), &around()).unwrap()
}

fn check_refused(text: &str, path: &[&str], part: &str) {
    let problems = check(read(text), &ServiceConf::default(), &around()).unwrap_err();
    let hit = problems.iter().any(|problem| {
        let said = format!("{} ({})", problem.message, problem.hint.as_deref().unwrap_or_default());
        problem.path == path && said.contains(part)
    });
    assert!(hit, "{problems:?}");
}

#[test]
fn a_bare_command_gets_every_default() {
    let web = &specs("web = { command = \"server -p 80\" }")["web"];
    assert_eq!(web.command, ["server", "-p", "80"]);
    assert_eq!(web.working_dir, Path::new("/home/ada"));
    assert!(web.autostart && web.ready.is_none());
    assert_eq!((web.stop_signal, web.stop_timeout), (Signal::TERM, Span::secs(10)));
    assert_eq!((web.max_restarts, web.restart_window), (5, Span::secs(60)));
    assert_eq!((web.log_max_size.get(), web.log_keep), (10 << 20, 5));
}

#[test]
fn paths_are_absolute_and_a_project_runs_beside_its_file() {
    let text = r#"
        "shop/web" = { command = "x", env_file = ".env" }
        site = { command = "x", working_dir = "~/site" }
        near = { command = "x", working_dir = "here" }"#;
    let specs = specs(text);
    assert_eq!(specs["shop/web"].working_dir, Path::new("/etc/hob"));
    assert_eq!(specs["shop/web"].env_file.as_deref(), Some(Path::new("/etc/hob/.env")));
    assert_eq!(specs["site"].working_dir, Path::new("/home/ada/site"));
    assert_eq!(specs["near"].working_dir, Path::new("/etc/hob/here"));
}

#[test]
fn the_digest_is_of_what_it_means_and_not_of_how_it_is_written() {
    let digest = |text: &str| specs(text)["web"].digest;
    let bare = digest("web = { command = \"a b\" }");
    assert_eq!(
        bare,
        digest("web = { command = [\"a\", \"b\"], restart = \"on-failure\", stop_timeout = \"10000ms\" }")
    );
    assert_ne!(bare, digest("web = { command = \"a c\" }"));
    assert_ne!(bare, digest("web = { command = \"a b\", env = { A = \"\" } }"));
    // Recorded with each run in the database: another value would mark every service as changed.
    assert_eq!(super::super::fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
}

#[test]
fn every_range_is_checked_under_its_key() {
    check_refused(
        "web = { command = \"x\", stop_timeout = \"61m\" }",
        &["stop_timeout"],
        "0s to 1h, not 1h1m",
    );
    check_refused("web = { command = \"x\", restart_window = \"0s\" }", &["restart_window"], "1s to 8760h");
    check_refused("web = { command = \"x\", success_codes = [256] }", &["success_codes"], "0 to 255");
    check_refused(
        "web = { command = \"x\", backoff.factor = 0.5 }",
        &["backoff", "factor"],
        "1 to 100, not 0.5",
    );
    check_refused("web = { command = \"x\", backoff.factor = nan }", &["backoff", "factor"], "1 to 100");
    check_refused("web = { command = \"x\", backoff.jitter = 1.5 }", &["backoff", "jitter"], "0 to 1");
    check_refused("web = { command = \"x\", backoff.initial = \"0s\" }", &["backoff", "initial"], "1ms to");
    check_refused(
        "web = { command = \"x\", backoff = { initial = \"2s\", max = \"1s\" } }",
        &["backoff", "max"],
        "shorter",
    );
    check_refused(
        "web = { command = \"x\", limits.open_files = 0 }",
        &["limits", "open_files"],
        "3 to 1048576",
    );
    check_refused("web = { command = \"x\", log.max_size = \"1K\" }", &["log", "max_size"], "64K to 1T");
    check_refused("web = { command = \"x\", log.keep = 5000 }", &["log", "keep"], "0 to 1000");
    check_refused("web = { command = \"x\", stop_signal = \"STOP\" }", &["stop_signal"], "freezes");
    check_refused("web = { command = \"x\", user = \"www\" }", &["user"], "root");
    check_refused("web = {}", &[], "no command");
    check_refused("web = { command = \"x 'y\" }", &["command"], "not closed");
    check_refused("web = { command = [\"x\"], shell = true }", &["command"], "one string");
    check_refused("web = { command = \"x\", working_dir = \"~bob\" }", &["working_dir"], "home");
    check_refused("\"..\" = { command = \"x\" }", &[], "is not allowed");
}

fn check_ready(ready: &str, key: &[&str], part: &str) {
    let path: Vec<&str> = ["ready"].iter().chain(key).copied().collect();
    check_refused(&format!("web = {{ command = \"x\", ready = {{ {ready} }} }}"), &path, part);
}

#[test]
fn ready_is_exactly_one_sensible_kind() {
    check_ready("", &[], "not none");
    check_ready("timeout = \"1s\"", &[], "not none");
    check_ready("tcp = 1, delay = \"1s\"", &[], "not tcp and delay");
    check_ready("notify = false", &["notify"], "only be true");
    check_ready("tcp = \"localhost\"", &["tcp"], "host:port");
    check_ready("tcp = \"::1:80\"", &["tcp"], "host:port");
    check_ready("tcp = \"localhost:0\"", &["tcp"], "1 to 65535");
    check_ready("http = \"https://x/\"", &["http"], "ready.command with curl");
    check_ready("http = \"/health\"", &["http"], "http://127.0.0.1:8000/health");
    check_ready("http = \"http://x/\", status = [600]", &["http"], "100 to 599, not 600");
    check_ready("tcp = 1, status = [200]", &["status"], "only with ready.http");
    check_ready("log = \"(\"", &["log"], "not a regular expression");
    check_ready("log = \"\"", &["log"], "any line would match");
    check_ready("command = \"\"", &["command"], "empty");
    check_ready("delay = \"2h\"", &["delay"], "at most 1h");
    check_ready("delay = \"31s\"", &["delay"], "longer than ready.timeout");
    check_ready("tcp = 1, interval = \"1ms\"", &["interval"], "10ms to 1h");
    check_ready("tcp = 1, timeout = \"0s\"", &["timeout"], "1ms to 24h");
}

#[test]
fn a_port_is_checked_where_it_is_read() {
    for port in ["0", "65536", "-1"] {
        let error = toml::from_str::<ServiceConf>(&format!("ready.tcp = {port}")).unwrap_err().to_string();
        assert!(error.contains("a port from 1 to 65535"), "{error}");
    }
}

#[test]
fn an_address_is_a_port_here_or_anywhere() {
    let tcp = |text: &str| {
        let specs = specs(&format!("web = {{ command = \"x\", ready = {{ tcp = {text} }} }}"));
        match specs["web"].ready.clone().unwrap().kind {
            Kind::Tcp { host, port } => (host, port),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(tcp("80"), (None, 80));
    assert_eq!(tcp("\":80\""), (None, 80));
    assert_eq!(tcp("\"[::1]:80\""), (Some("::1".to_owned()), 80));
    assert_eq!(tcp("\"db.local:5432\""), (Some("db.local".to_owned()), 5432));
}

#[test]
fn other_services_must_exist_and_not_wait_in_a_ring() {
    check_refused(
        "web = { command = \"x\", after = [\"bd\"] }\ndb = { command = \"x\" }",
        &["after"],
        "did you mean \"db\"?",
    );
    check_refused("web = { command = \"x\", requires = [\"web\"] }", &["requires"], "web -> web");
    let ring = "a = { command = \"x\", requires = [\"b\"] }\nb = { command = \"x\", after = [\"a\"] }";
    check_refused(ring, &["requires"], "a -> b -> a");
}

#[test]
fn all_problems_are_told_at_once() {
    let text = "a = { stop_timeout = \"2h\" }\nb = { command = \"x\", after = [\"c\"], log.keep = 9999 }";
    assert_eq!(check(read(text), &ServiceConf::default(), &around()).unwrap_err().len(), 4);
}

#[test]
fn a_name_may_be_used_once_and_defaults_have_no_command() {
    let mut twice = read("web = { command = \"x\" }");
    twice.extend(twice.clone());
    let defaults: ServiceConf = toml::from_str("command = \"x\"").unwrap();
    let problems = check(twice, &defaults, &around()).unwrap_err();
    let messages: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages, ["the defaults cannot have a command", "there are two services named \"web\""]);
}

proptest! {
    #[test]
    fn any_names_and_edges_are_checked_or_refused(
        services in proptest::collection::vec((".{0,8}", proptest::collection::vec(".{0,8}", 0..3)), 0..6),
    ) {
        let written = services.into_iter().map(|(name, after)| Written {
            name,
            conf: ServiceConf { after: Some(after), ..toml::from_str("command = \"x\"").unwrap() },
            dir: "/".into(),
            kept: None,
        });
        if let Ok(specs) = check(written.collect(), &ServiceConf::default(), &around()) {
            prop_assert!(specs.keys().all(|name| check_name("service", name).is_ok()));
        }
    }
}

#[test]
fn a_health_check_has_one_kind_and_its_own_defaults() {
    let web = &specs("web = { command = \"x\", health = { tcp = \"[::1]:80\" } }")["web"];
    let health = web.health.as_ref().unwrap();
    assert!(matches!(&health.kind, Kind::Tcp { host: Some(host), port: 80 } if host == "::1"));
    assert_eq!((health.interval, health.timeout), (Span::secs(10), Span::secs(2)));
    assert_eq!(health.failures, 3);
    let refused = |health: &str, path: &[&str], part: &str| {
        check_refused(&format!("web = {{ command = \"x\", health = {{ {health} }} }}"), path, part);
    };
    refused("interval = \"1s\"", &["health"], "exactly one of tcp, http and command, not none");
    refused("tcp = 1, command = \"x\"", &["health"], "not tcp and command");
    refused("tcp = \"nowhere\"", &["health", "tcp"], "not an address");
    refused("http = \"https://x/\"", &["health", "http"], "health.command with curl");
    refused("command = \"\"", &["health", "command"], "the command is empty");
    refused("tcp = 1, status = [200]", &["health", "status"], "only with health.http");
    refused("tcp = 1, interval = \"1ms\"", &["health", "interval"], "10ms to 24h");
    refused("tcp = 1, timeout = \"2h\"", &["health", "timeout"], "1ms to 1h");
    refused("tcp = 1, failures = 0", &["health", "failures"], "1 to 1000");
}

#[test]
fn a_service_with_its_own_health_check_takes_only_times_and_counts_from_the_defaults() {
    let defaults: ServiceConf =
        toml::from_str("health = { tcp = 1, timeout = \"5s\", failures = 9 }").unwrap();
    let text = "own = { command = \"x\", health = { tcp = 2 } }\nbare = { command = \"x\" }";
    let specs = check(read(text), &defaults, &around()).unwrap();
    let of = |name: &str| {
        let health = specs[name].health.as_ref().unwrap();
        let Kind::Tcp { port, .. } = health.kind else { panic!("{health:?}") };
        (port, health.timeout, health.failures)
    };
    assert_eq!((of("own"), of("bare")), ((2, Span::secs(5), 9), (1, Span::secs(5), 9)));
}

#[test]
fn a_watchdog_goes_with_a_service_that_says_how_it_is() {
    let web = &specs("web = { command = \"x\", watchdog = \"30s\", ready = { notify = true } }")["web"];
    assert_eq!(web.watchdog, Some(Span::secs(30)));
    check_refused("web = { command = \"x\", watchdog = \"30s\" }", &["watchdog"], "notify = true");
    let refused = "web = { command = \"x\", watchdog = \"1ms\", ready = { notify = true } }";
    check_refused(refused, &["watchdog"], "100ms to 24h, not 1ms");
}

#[test]
fn limits_have_bounds_and_a_share_of_the_processor_needs_a_controller() {
    let web = &specs("web = { command = \"x\", limits = { memory = \"512M\", pids = 200 } }")["web"];
    assert_eq!((web.memory, web.pids, web.cpu), (Some(Size::mebibytes(512)), Some(200), None));
    let refused = |limit: &str, key: &str, part: &str| {
        check_refused(&format!("web = {{ command = \"x\", limits.{limit} }}"), &["limits", key], part);
    };
    refused("memory = \"1K\"", "memory", "1M to 16T");
    refused("pids = 0", "pids", "1 to 4194304");
    refused("cpu = \"150%\"", "cpu", "a cgroup with the controller \"cpu\"");
    refused("cpu = \"0%\"", "cpu", "1% to 100000%, not 0%");
    let text = "web = { command = \"x\", limits = { cpu = \"150%\" } }";
    let controllers = Controllers { cpu: true, ..Controllers::default() };
    let around = Surroundings { controllers, ..around() };
    let specs = check(read(text), &ServiceConf::default(), &around).unwrap();
    assert_eq!(specs["web"].cpu, Some(crate::services::spec::Percent(150)));
}
