// @vitest-environment jsdom

import { flushSync, mount, unmount } from "svelte";
import { afterEach, expect, test } from "vitest";

import App from "../../App.svelte";
import { Fake, type Answer } from "../../lib/api/fake";
import { Fault } from "../../lib/api/transport";
import type { Request } from "../../lib/api/envelope";
import { BOARD_FEED } from "../../lib/watch.svelte";

let app: Record<string, unknown> | undefined;

afterEach(async () => {
  if (app !== undefined) await unmount(app);
  app = undefined;
  document.body.replaceChildren();
  location.hash = "";
});

const file = {
  name: "web",
  file: "/c/services.d/web.toml",
  line: 1,
  text: "[service.web]\n",
  digest: "d1",
  table: { command: ["web"], env: { KEY: null } },
};
const edited = (over: object) => ({ name: "web", file: file.file, diff: "", saved: false, ...over });

async function show(at: string, edit: Answer): Promise<Fake> {
  location.hash = at;
  const daemon = new Fake({
    "service.get": () => new Promise(() => {}),
    "service.config": () => file,
    "service.edit": edit,
  });
  app = mount(App, { target: document.body, props: { transport: daemon } });
  flushSync();
  const value = { name: "web", state: "running", wanted: "up" };
  daemon.item(BOARD_FEED, { snapshot: true, changes: [{ noun: "service", key: "web", sequence: 1, value }] });
  flushSync();
  if (at.endsWith("config")) {
    await expect.poll(() => document.querySelector(".config button:last-child")?.textContent).toBe("Edit…");
    document.querySelector<HTMLButtonElement>(".config button:last-child")?.click();
  }
  await expect.poll(() => document.querySelector("dialog form")).not.toBeNull();
  return daemon;
}

const button = (text: string) => [...document.querySelectorAll<HTMLButtonElement>("dialog button")].find((one) => one.textContent?.trim() === text);
const field = (label: string) => {
  const found = [...document.querySelectorAll("dialog label")].find((one) => one.textContent?.startsWith(label));
  return document.getElementById(found?.getAttribute("for") ?? "") as HTMLInputElement;
};
function type(label: string, text: string): void {
  field(label).value = text;
  field(label).dispatchEvent(new Event("input", { bubbles: true }));
  flushSync();
}
const edits = (daemon: Fake) =>
  daemon.sent.filter((sent): sent is Request => sent.method === "service.edit").map(({ params }) => params as Record<string, unknown>);
const disabled = (text: string) => button(text)?.getAttribute("aria-disabled");

test("what a change does to the file is seen before it can be saved, and only that is saved", async () => {
  const daemon = await show("#/services/web/config", () => edited({ diff: "@@ -1,1 +1,2 @@\n [service.web]\n+restart = \"never\"\n" }));
  expect([disabled("Save"), button("Save")?.title]).toEqual(["true", "Nothing is changed."]);
  type("Time to stop", "5s");
  expect(disabled("Save"), "it was not looked at yet").toBe("true");
  await expect.poll(() => document.querySelector(".diff .new")?.textContent).toContain('restart = "never"');
  expect(disabled("Save")).toBe("false");
  button("Save")?.click();
  await expect.poll(() => document.querySelector("dialog")).toBeNull();
  const said = { name: "web", set: [{ key: "stop_timeout", value: "5s" }], unset: [], digest: "d1" };
  expect(edits(daemon)).toEqual([
    { ...said, dry_run: true },
    { ...said, dry_run: false },
  ]);
});

test("what is wrong stands at its field, and what is elsewhere above the buttons", async () => {
  const problems = [
    { key: "stop_timeout", message: "must be 0s to 1h", hint: "write less" },
    { message: "/c/other.toml:2: service.other.command: is wrong" },
  ];
  await show("#/services/web/config", () => edited({ diff: "@@ -1,1 +1,1 @@\n+x\n", problems }));
  type("Time to stop", "9h");
  await expect.poll(() => field("Time to stop").getAttribute("aria-invalid")).toBe("true");
  const below = document.getElementById(field("Time to stop").getAttribute("aria-describedby") ?? "");
  expect(below?.textContent).toBe("Must be 0s to 1h (write less)");
  const elsewhere = document.querySelector<HTMLElement>("dialog .foot .elsewhere");
  expect(elsewhere?.textContent).toContain("/c/other.toml, line 2: service.other.command: is wrong");
  expect(disabled("Save")).toBe("true");
  button("Save")?.click();
  await expect.poll(() => document.activeElement).toBe(field("Time to stop"));
});

test("what is wrong in another file alone is led to, and looked at again after it was mended", async () => {
  let problems = [{ message: "/c/other.toml:2: service.other.command: is wrong" }];
  await show("#/services/web/config", () => edited({ diff: "@@ -1,1 +1,1 @@\n+x\n", problems }));
  type("Time to stop", "9s");
  await expect.poll(() => document.querySelector(".elsewhere")).not.toBeNull();
  button("Save")?.click();
  await expect.poll(() => document.activeElement?.className).toContain("elsewhere");
  problems = [];
  button("look again")?.click();
  await expect.poll(() => disabled("Save")).toBe("false");
});

test("a file that was changed meanwhile is not overwritten, and that is said", async () => {
  await show("#/services/web/config", (params) => {
    if ((params as { dry_run: boolean }).dry_run) return edited({ diff: "@@ -1,1 +1,1 @@\n+x\n" });
    throw new Fault("conflict", "/c/services.d/web.toml was changed meanwhile", "nothing was written");
  });
  type("Time to stop", "5s");
  await expect.poll(() => disabled("Save")).toBe("false");
  button("Save")?.click();
  await expect.poll(() => document.querySelector("dialog .foot [role=alert]")?.textContent).toContain("was changed meanwhile");
  expect(field("Time to stop").value, "what was typed is still there").toBe("5s");
});

test("a new service is added with what was said, and its page is opened", async () => {
  const daemon = await show("#/services/+", () => edited({ name: "docs", diff: "@@ -0,0 +1,1 @@\n+[service.docs]\n" }));
  expect(edits(daemon)).toEqual([]);
  type("Command", "mdbook serve '--port=1 2'");
  expect(button("Add")?.title).toBe("It needs a name.");
  button("Add")?.click();
  await expect.poll(() => document.activeElement).toBe(field("Name"));
  type("Name", "docs");
  await expect.poll(() => document.querySelector(".diff .new")).not.toBeNull();
  button("Add")?.click();
  await expect.poll(() => location.hash).toBe("#/services/docs");
  expect(edits(daemon).at(-1)).toEqual({
    name: "docs",
    set: [{ key: "command", value: ["mdbook", "serve", "--port=1 2"] }],
    unset: [],
    add: true,
    dry_run: false,
  });
});
