/** Leads to what is wrong in a form, which may be out of sight. */

import { tick } from "svelte";

const WRONG = "[aria-invalid=true], [data-wrong=true], [role=alert][tabindex]";
const CONTROLS = "input, select, textarea, button";

/** The field with this message gets the focus, or the first that is wrong. */
export async function lead(form: HTMLElement | undefined, message?: string): Promise<void> {
  await tick();
  const found = [...(form?.querySelectorAll<HTMLElement>(WRONG) ?? [])];
  const below = (of: HTMLElement) => document.getElementById(of.getAttribute("aria-describedby") ?? "")?.textContent ?? "";
  const plain = message?.replaceAll("`", "").slice(1);
  const first = found.find((one) => plain !== undefined && below(one).includes(plain)) ?? found[0];
  // Of a group, its first control; of that with a number, the number is wrong.
  const control = first?.matches("fieldset") ? (first.querySelector<HTMLElement>("[aria-invalid=true], :checked") ?? first.querySelector<HTMLElement>(CONTROLS)) : first;
  control?.focus();
}
