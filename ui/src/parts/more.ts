/** Marks what scrolls with `data-more` while there is more below, so that its edge can say so. */

import "./more.css";

export function more(element: HTMLElement): () => void {
  const look = () => void element.toggleAttribute("data-more", 4 < element.scrollHeight - element.clientHeight - element.scrollTop);
  element.addEventListener("scroll", look, { passive: true });
  const sizes = typeof ResizeObserver === "undefined" ? undefined : new ResizeObserver(look);
  const rows = new MutationObserver(look);
  sizes?.observe(element);
  rows.observe(element, { childList: true, subtree: true, characterData: true });
  look();
  return () => {
    element.removeEventListener("scroll", look);
    sizes?.disconnect();
    rows.disconnect();
  };
}
