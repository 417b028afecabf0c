/**
 * A walk through a page with nothing but the Tab key.
 *
 * These run inside the page. What has the focus must be seen to have it, must be
 * in sight, and everything that a mouse can press must be on the way.
 */

/** What has the focus: what it is, and what is wrong with how that is shown. */
export function here() {
  const element = document.activeElement;
  if (element === null || element.matches("html, body, dialog")) return undefined;
  const known = (window.walked ??= new Map());
  if (!known.has(element)) known.set(element, known.size);

  const wrong = [];
  const ringed = (shown) => shown && getComputedStyle(shown).outlineStyle !== "none" && parseFloat(getComputedStyle(shown).outlineWidth) >= 2;
  // A radio's ring is around what looks like it, a combobox's focus is its caret and the chosen row.
  const shown = [element, element.nextElementSibling, element.parentElement].some(ringed) || element.getAttribute("role") === "combobox";
  if (!shown) wrong.push("it is not seen to have the focus");

  const box = element.getBoundingClientRect();
  const overlap = Math.min(box.right, innerWidth) - Math.max(box.left, 0) > 1 && Math.min(box.bottom, innerHeight) - Math.max(box.top, 0) > 1;
  if (!overlap) wrong.push(`it is out of sight (${Math.round(box.left)}, ${Math.round(box.top)})`);
  else {
    const x = (Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2;
    const y = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
    const top = document.elementFromPoint(x, y);
    const mine = top !== null && (element.contains(top) || top.contains(element) || element.closest("label")?.contains(top));
    if (!mine) wrong.push(`something lies over it: ${top?.outerHTML.slice(0, 80)}`);
  }
  const name = element.outerHTML.replace(/^(<[^>]*>)[^]*$/, "$1").slice(0, 160);
  return { number: known.get(element), name, wrong };
}

/** Notes what a mouse could press now. What comes later, as rows of a list that is scrolled, has ways of its own. */
export function expect() {
  window.walked = new Map();
  const within = document.querySelector("dialog[open]") ?? document.body;
  window.expected = [...within.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")];
}

/** What was noted, is still there, and was not on the way. */
export function missed() {
  const { walked, expected } = window;
  const groups = new Set([...walked.keys()].filter((element) => element.type === "radio").map((element) => element.name));
  const reachable = (element) =>
    element.isConnected &&
    !element.disabled &&
    element.tabIndex >= 0 &&
    element.checkVisibility({ visibilityProperty: true }) &&
    element.closest("[inert]") === null &&
    !(element.type === "radio" && groups.has(element.name));
  return expected.filter((element) => reachable(element) && !walked.has(element)).map((element) => element.outerHTML.slice(0, 160));
}

/** How much higher than the window the document is: pages scroll within it, and it never does. */
export function high() {
  const root = document.scrollingElement;
  // The dialog's window does, where it is zoomed.
  const isDialog = document.querySelector("[role=alertdialog]") !== null && innerWidth <= 460;
  if (root.scrollHeight <= innerHeight || isDialog) return [];
  const below = [...document.body.querySelectorAll("*")].filter((it) => it.offsetParent === document.body && it.getBoundingClientRect().bottom > innerHeight);
  return [`it is ${root.scrollHeight} of ${innerHeight} high`, ...below.slice(0, 3).map((it) => it.outerHTML.slice(0, 120))];
}

/** What reaches out of the page to the side, and is not in something that scrolls by itself. */
export function wide() {
  const main = document.querySelector("main") ?? document.body;
  const roots = [document.documentElement, main].filter((it) => it.scrollWidth > it.clientWidth + 1);
  if (roots.length === 0) return [];
  const right = main.getBoundingClientRect().left + main.clientWidth;
  const contained = (element) => {
    // What is placed freely is held only by what it is placed in.
    const from = getComputedStyle(element).position === "absolute" ? element.offsetParent : element.parentElement;
    for (let up = from; up && up !== main; up = up.parentElement) {
      if (getComputedStyle(up).overflowX !== "visible") return true;
    }
    return false;
  };
  const out = [...main.querySelectorAll("*")].filter((it) => it.getBoundingClientRect().right > right + 1 && !contained(it));
  return [`${roots.map((it) => `${it.tagName} is ${it.scrollWidth} wide`)}`, ...out.slice(0, 3).map((it) => it.outerHTML.slice(0, 120))];
}
