//! A service cannot approve anything, least of all itself more.

use crate::Shop;

#[test]
fn what_the_daemon_started_can_neither_look_approve_nor_take_down() {
    let hob = hob_tests::program("hob");
    let hob = hob.display();
    let script = format!(
        "for verb in 'up . --yes' 'project review .' 'down shop' 'project down shop'; do {hob} $verb; echo \"= $?\"; done; \
         {hob} project list >/dev/null; echo \"= $?\"; echo done; exec sleep 1000"
    );
    let text =
        format!("[service.web]\ncommand = [\"sh\", \"-c\", {script:?}]\nready = {{ log = \"^done\" }}\n");
    let shop = Shop::with(&text);
    shop.up();
    shop.home.wait_for_service("shop/web", |web| web.ready);
    let log = shop.home.ok(&["logs", "shop/web", "--raw"]);
    assert_eq!(log.matches("= 77").count(), 4, "{log}");
    assert!(log.contains("= 0") && log.contains("descends from something that this daemon started"), "{log}");
    assert_eq!(shop.home.json(&["project", "list"])["projects"].as_array().unwrap().len(), 1);
}
