/** Text out of the pane, always as the service wrote it: no times, no names, no colours. */

import { plain } from "./ansi";
import type { Line } from "./line";

/** The text of lines. */
export function textOf(lines: readonly Line[]): string {
  return lines.map((line) => plain(line.text)).join("\n");
}

/** The same with times and sources, for a file that is read later. */
export function report(lines: readonly Line[]): string {
  const isMixed = new Set(lines.map((line) => line.source)).size > 1;
  const row = (line: Line) => {
    const head = [new Date(line.at).toISOString(), ...(isMixed ? [line.source] : []), line.stream];
    return `${head.join(" ")} ${plain(line.text)}`;
  };
  return lines.map(row).join("\n") + "\n";
}

/**
 * What is selected, row by row, without what stands beside the text. A row that
 * stands for others, as a folded trace does, is what `folded` says.
 */
export function selected(selection: Selection, within: Node, folded: (seq: string) => string | undefined): string | undefined {
  if (selection.isCollapsed || selection.rangeCount === 0) return undefined;
  const range = selection.getRangeAt(0);
  if (!within.contains(range.commonAncestorContainer)) return undefined;
  const part = range.cloneContents();
  const rows = [...part.querySelectorAll<HTMLElement>("[data-seq]")];
  for (const beside of part.querySelectorAll("[data-beside]")) beside.remove();
  if (rows.length === 0) return part.textContent ?? "";
  const texts = rows.map((row) => folded(row.dataset["seq"] ?? "") ?? row.querySelector(".text, .words")?.textContent);
  return texts.filter((text) => text !== undefined && text !== null).join("\n");
}
