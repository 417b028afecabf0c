/** Puts text on the clipboard; whether that worked. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // A webview may have no such permission, but lets a key or a click copy.
    return copyByCommand(text);
  }
}

function copyByCommand(text: string): boolean {
  let done = false;
  const put = (event: ClipboardEvent) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    event.stopImmediatePropagation();
    done = true;
  };
  document.addEventListener("copy", put, { capture: true, once: true });
  const said = document.execCommand("copy");
  document.removeEventListener("copy", put, { capture: true });
  return said && done;
}
