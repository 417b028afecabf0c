// @vitest-environment jsdom
import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { Fault } from "../lib/api/transport";
import Approval from "./Approval.svelte";
import type { Decision, Desk, Over, Place, Seen } from "./desk";
import { Dialog } from "./dialog.svelte";

function seen(id: string, change: Partial<Seen> = {}, nonce = `nonce of ${id}`): Seen {
  const place: Place = { id, position: 1, waiting: 1, of_client: 1, expires: "2026-11-21T14:17:00Z", over: null };
  const text = (value: string) => ({ pieces: [{ text: value, kind: "plain" as const }] });
  const row = (label: string, value: string) => ({ label: text(label), value: text(value) });
  return {
    request: {
      id,
      state: "pending",
      client: "robot",
      client_id: "robot-1",
      display: `/usr/bin/touch ${id}`,
      plan: `sha256:${id}`,
      code: "abc123",
      created: "2026-11-21T14:07:00Z",
      expires: "2026-11-21T14:17:00Z",
      audit_index: 1,
      rev: 1,
    },
    view: [
      { fact: "program", title: "Program", rows: [row("file", "/usr/bin/touch")], more: 0 },
      { fact: "arguments", title: "Arguments", rows: [row("1", id)], more: 0 },
    ],
    hints: [],
    effect: "ask",
    by: "default",
    trace: [],
    offers_always: true,
    suggestions: [{ number: 0, text: "exactly this command", would_have_allowed: 0 }],
    asked_by: [],
    line: [],
    past: { allowed: 0, denied: 0, last: null, of: 0 },
    place,
    nonce,
    ...change,
  };
}

class Played implements Desk {
  queue: (Seen | null | Fault)[];
  decided: Decision[] = [];
  refuses: Fault | undefined;
  laters = 0;
  shows = 0;
  told: (place: Place | null) => void = () => {};

  constructor(...queue: (Seen | null | Fault)[]) {
    this.queue = queue;
  }

  async current(): Promise<Seen | null> {
    this.shows += 1;
    const next = this.queue.length > 1 ? this.queue.shift() : this.queue[0];
    if (next instanceof Fault) throw next;
    return next ?? null;
  }
  look(): Promise<Seen | null> {
    return this.current();
  }
  async decide(decision: Decision): Promise<void> {
    this.decided.push(decision);
    if (this.refuses) throw this.refuses;
  }
  async denyClient(): Promise<number> {
    return 3;
  }
  later(): void {
    this.laters += 1;
  }
  async extend(): Promise<string | null> {
    return "2026-11-21T14:20:00Z";
  }
  watch(told: (place: Place | null) => void): void {
    this.told = told;
  }
  fit(): void {}
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function shown(...queue: (Seen | null | Fault)[]): Promise<{ desk: Played; dialog: Dialog }> {
  const desk = new Played(...queue);
  const dialog = new Dialog(desk);
  dialog.start();
  await vi.advanceTimersByTimeAsync(100);
  return { desk, dialog };
}

const wait = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

describe("what is decided", () => {
  test("is what is shown, by its nonce and nothing else", async () => {
    const { desk, dialog } = await shown(seen("a"), seen("b"));
    dialog.allow();
    await wait(100);
    expect(desk.decided).toEqual([{ verdict: "approve", scope: "once", nonce: "nonce of a" }]);
    expect([dialog.seen?.request.id, dialog.last]).toEqual(["b", "Allowed once: /usr/bin/touch a"]);
  });

  test("is once, unless somebody says otherwise, each time anew", async () => {
    const { desk, dialog } = await shown(seen("a"), seen("b"));
    dialog.choose(4);
    dialog.allow();
    await wait(100);
    expect(desk.decided[0]).toMatchObject({ suggestion: 0, scope: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) });
    expect(dialog.choice).toBe("once");
    dialog.choose(2);
    dialog.deny();
    await wait(100);
    expect(desk.decided[1]).toEqual({ verdict: "deny", nonce: "nonce of b" });
  });

  test("is not what is not offered", async () => {
    const { dialog } = await shown(seen("a", { offers_always: false }));
    dialog.choose(4);
    expect(dialog.choice).toBe("once");
    const { dialog: other } = await shown(seen("a", { effect: "ask_always" }));
    for (const number of [2, 3, 4]) other.choose(number);
    expect(other.choice).toBe("once");
  });

  test("is sent once, and a refusal is told and shown anew", async () => {
    const { desk, dialog } = await shown(seen("a"), seen("a", {}, "another"));
    desk.refuses = new Fault("busy", "something has just changed");
    dialog.allow();
    dialog.allow();
    dialog.deny();
    await wait(100);
    expect(desk.decided).toHaveLength(1);
    expect([dialog.fault?.code, dialog.seen?.nonce]).toEqual(["busy", "another"]);
  });
});

describe("it waits", () => {
  test("after a showing, a choice and a change of the queue", async () => {
    const { desk, dialog } = await shown(seen("a"));
    expect(dialog.armed).toBe(false);
    await wait(1000);
    expect(dialog.armed).toBe(true);
    for (const change of [() => dialog.choose(2), () => desk.told({ ...seen("a").place, waiting: 2 }), () => dialog.edit(true)]) {
      change();
      expect(dialog.armed).toBe(false);
      await wait(1000);
      expect(dialog.armed).toBe(true);
    }
    // A deadline is no change.
    desk.told({ ...seen("a").place, waiting: 2, expires: "2026-11-21T14:30:00Z" });
    expect([dialog.armed, dialog.place?.expires]).toEqual([true, "2026-11-21T14:30:00Z"]);
  });

  test("for what is folded to be read and for what is remarked on to be seen, and for ever where something is missing", async () => {
    const { desk, dialog } = await shown(seen("a"));
    dialog.reading.add("arguments:0");
    dialog.allow();
    expect([dialog.mayAllow, desk.decided.length]).toEqual([false, 0]);
    dialog.reading.read("arguments:0");
    expect(dialog.mayAllow).toBe(true);
    dialog.reading.add("hint0", "mark");
    dialog.allow();
    expect([dialog.mayAllow, desk.decided.length]).toEqual([false, 0]);
    dialog.reading.read("hint0");
    expect(dialog.mayAllow).toBe(true);
    const lacking = seen("a");
    const view = lacking.view.map((block) => ({ ...block, more: 1 }));
    expect((await shown({ ...lacking, view })).dialog.mayAllow).toBe(false);
  });
});

describe("what has ended", () => {
  const over: Over = { state: "cancelled", because: null, surface: null, at: "2026-11-21T14:08:00Z" };

  test("stays to be read, decides nothing, and makes room", async () => {
    const { desk, dialog } = await shown(seen("a"), seen("b"));
    desk.told({ ...seen("a").place, over });
    dialog.allow();
    dialog.deny();
    desk.told(null);
    await wait(4000);
    expect([dialog.seen?.request.id, desk.decided.length]).toEqual(["a", 0]);
    await wait(1100);
    expect(dialog.seen?.request.id).toBe("b");
  });
});

test("one showing at a time, so that the last nonce is the one that is known", async () => {
  const { desk, dialog } = await shown(seen("a"));
  const before = desk.shows;
  void dialog.show();
  void dialog.show();
  void dialog.show();
  await wait(100);
  expect(desk.shows - before).toBe(2);
});

describe("the page", () => {
  async function page(...queue: (Seen | null | Fault)[]) {
    const desk = new Played(...queue);
    const target = document.body.appendChild(document.createElement("div"));
    const mounted = mount(Approval, { target, props: { desk } });
    await vi.advanceTimersByTimeAsync(1200);
    flushSync();
    return { desk, target, close: () => unmount(mounted) };
  }

  test("begins at the heading, and what no person does decides nothing", async () => {
    const { desk, target, close } = await page(seen("a"));
    expect(document.activeElement?.textContent).toContain("robot wants to run a command");
    expect(target.querySelector("[role=alertdialog]")?.getAttribute("data-armed")).toBe("true");
    for (const action of ["allow", "deny"]) target.querySelector<HTMLElement>(`[data-action=${action}]`)?.click();
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true }));
    await wait(100);
    expect(desk.decided).toEqual([]);
    await close();
  });

  test("says what cannot be shown, and that nothing waits", async () => {
    const broken = await page(new Fault("unavailable", "nothing answers"));
    expect(broken.target.textContent).toContain("Nothing answers.");
    await broken.close();
    const empty = await page(null);
    expect(empty.target.textContent).toContain("Nothing waits for you.");
    await empty.close();
  });
});
