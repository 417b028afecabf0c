/**
 * What the dialog shows and what may be done with it now.
 *
 * It holds no rule of its own about what counts: that is in `arming.ts` and
 * behind the desk. It sees to it that what is shown never changes under a
 * person's hands: a request that ends stays to be read, another one is another
 * showing, and everything new makes the buttons wait.
 */

import { Fault } from "../lib/api/transport";
import { Arming } from "./arming";
import type { Decision, Desk, Place, Seen } from "./desk";
import { Reading } from "./fold.svelte";
import { limits, said } from "./words";

/** For how long a yes is to hold. */
export type Choice = "once" | "session" | "while" | "always";

const CHOICES: Choice[] = ["once", "session", "while", "always"];
/** What has become of a request is read in this time. */
const READ = 5000;
const DAY = 24 * 3600 * 1000;

export class Dialog {
  seen = $state.raw<Seen | null>();
  place = $state.raw<Place | null>(null);
  /** Why nothing can be shown, or why the last decision was none. */
  fault = $state.raw<Fault>();
  /** Whether keys and clicks decide now. */
  armed = $state(false);
  busy = $state(false);
  /** What was decided last. */
  last = $state("");

  choice = $state<Choice>("once");
  span = $state<"15m" | "1h">("15m");
  suggestion = $state(0);
  days = $state<30 | undefined>(30);
  /** Whether the rule is being edited. */
  editing = $state(false);
  /** What whoever asks is told with a no; nothing if that is not being written. */
  note = $state<string>();
  details = $state(false);
  reading = $state.raw(new Reading(() => this.changed()));

  readonly #desk: Desk;
  readonly #arming = new Arming();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #leaving: ReturnType<typeof setTimeout> | undefined;
  #asking = false;
  #again = false;
  #fitted = false;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  start(): void {
    this.#desk.watch((place) => this.#told(place));
    void this.show();
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#leaving);
  }

  /** Shows what is to be shown now. One at a time: an answer that is overtaken would bring an old nonce. */
  async show(ask: () => Promise<Seen | null> = () => this.#desk.current()): Promise<void> {
    if (this.#asking) {
      this.#again = true;
      return;
    }
    this.#asking = true;
    this.#disarm();
    clearTimeout(this.#leaving);
    try {
      this.#put(await ask());
    } catch (thrown) {
      this.fault = Fault.from(thrown);
    } finally {
      this.#asking = false;
    }
    if (!this.#again) return;
    this.#again = false;
    await this.show();
  }

  look(delta: number): void {
    const { place } = this;
    if (this.busy || place === null || place.over !== null) return;
    if (place.position + delta < 1 || place.waiting < place.position + delta) return;
    void this.show(() => this.#desk.look(delta));
  }

  allow(): void {
    if (!this.mayAllow) return;
    const scope = this.#scope();
    const rule = this.choice === "always" ? { suggestion: this.suggestion } : {};
    void this.#decide({ verdict: "approve", scope, ...rule }, "approve", scope);
  }

  deny(): void {
    const note = this.note?.trim();
    void this.#decide({ verdict: "deny", ...(note ? { note } : {}) }, "deny", "once");
  }

  async denyClient(): Promise<void> {
    const { seen } = this;
    await this.#settle(async (nonce) => {
      const count = await this.#desk.denyClient(nonce, this.note?.trim() || undefined);
      return `Denied ${count} of ${seen?.request.client ?? ""}`;
    });
  }

  later(): void {
    this.#desk.later();
  }

  /** Closes what was opened last, or puts the request off. */
  back(): void {
    if (this.note !== undefined) this.note = undefined;
    else if (this.editing) this.edit(false);
    else this.later();
  }

  edit(editing: boolean): void {
    this.editing = editing;
    this.changed();
  }

  choose(number: number): void {
    const choice = CHOICES[number - 1];
    if (choice === undefined || !this.offers(choice) || choice === this.choice) return;
    this.choice = choice;
    // What the button says is not what it said.
    this.changed();
  }

  offers(choice: Choice): boolean {
    if (choice === "once" || this.seen == null) return true;
    const why = limits(this.seen);
    return choice === "always" ? why.always === undefined : why.while === undefined;
  }

  async keepWaiting(): Promise<void> {
    const expires = await this.#desk.extend().catch(() => null);
    if (expires !== null && this.place !== null) this.place = { ...this.place, expires };
  }

  fit(height: number): void {
    this.#desk.fit(Math.ceil(height), !this.#fitted);
    this.#fitted = true;
  }

  /** Something is new: the buttons wait. */
  changed(): void {
    this.#arming.changed(performance.now());
    this.#refresh();
  }

  /** A key goes down; whether it may decide. */
  keyDown(key: { repeat: boolean; modifier: boolean }): boolean {
    const may = this.#arming.keyDown(performance.now(), key);
    this.#refresh();
    return may;
  }

  pointerDown(): void {
    this.#arming.pointerDown(performance.now());
  }

  /** Whether a click may decide. */
  clicked(event: MouseEvent): boolean {
    return event.isTrusted && this.#arming.click(performance.now(), event.detail === 0);
  }

  /** Whether there is anything left to decide. */
  get waits(): boolean {
    return this.seen != null && this.place !== null && this.place.over === null && !this.busy;
  }

  /** Whether all of it was seen that has to be. */
  get isRead(): boolean {
    return this.reading.left() === 0 && !this.lacks;
  }

  get mayAllow(): boolean {
    return this.waits && this.isRead;
  }

  /** Something was left out, which nobody should allow. */
  get lacks(): boolean {
    return this.seen?.view.some((block) => 0 < (block.more ?? 0) || block.rows.some((row) => 0 < (row.value.more ?? 0))) ?? false;
  }

  #put(seen: Seen | null): void {
    if (seen?.request.id !== this.seen?.request.id) {
      this.reading = new Reading(() => this.changed());
      this.choice = "once";
      this.suggestion = 0;
      this.days = 30;
      this.editing = this.details = false;
      this.note = undefined;
      this.fault = undefined;
    }
    this.seen = seen;
    this.place = seen?.place ?? null;
    // Nobody has seen it before it is drawn.
    requestAnimationFrame(() => requestAnimationFrame(() => this.changed()));
  }

  #told(place: Place | null): void {
    if (this.busy || this.#asking) {
      this.#again ||= this.#asking;
      return;
    }
    const before = this.place;
    if (place === null || place.id !== this.seen?.request.id) {
      // What has ended stays until it was read.
      if (before?.over == null) void this.show();
      return;
    }
    this.place = place;
    if (place.over !== null && before?.over == null) {
      this.#disarm();
      this.#leaving = setTimeout(() => void this.show(), READ);
    } else if (place.waiting !== before?.waiting || place.position !== before.position) {
      this.changed();
    }
  }

  async #decide(decision: Omit<Decision, "nonce">, verdict: "approve" | "deny", scope: string): Promise<void> {
    const display = this.seen?.request.display ?? "";
    await this.#settle(async (nonce) => {
      await this.#desk.decide({ ...decision, nonce });
      return said(verdict, scope, display);
    });
  }

  async #settle(decide: (nonce: string) => Promise<string>): Promise<void> {
    if (!this.waits || this.seen == null) return;
    this.busy = true;
    this.#disarm();
    try {
      this.last = await decide(this.seen.nonce);
      this.fault = undefined;
    } catch (thrown) {
      this.fault = Fault.from(thrown);
    } finally {
      this.busy = false;
    }
    await this.show();
  }

  #scope(): string {
    switch (this.choice) {
      case "once":
      case "session":
        return this.choice;
      case "while":
        return this.span;
      case "always":
        return this.days === undefined ? "always" : new Date(Date.now() + this.days * DAY).toISOString();
    }
  }

  #disarm(): void {
    this.#arming.disarm();
    this.#refresh();
  }

  #refresh(): void {
    clearTimeout(this.#timer);
    const now = performance.now();
    this.armed = this.#arming.armed(now);
    const wait = this.#arming.armedAt() - now;
    if (!this.armed && Number.isFinite(wait)) this.#timer = setTimeout(() => this.#refresh(), Math.ceil(wait));
  }
}
