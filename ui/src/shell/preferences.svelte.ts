/**
 * What a person has chosen about the window itself.
 *
 * It belongs to this window and not to the daemon, so it is kept by the webview.
 * Where that keeps nothing (a browser may forbid it), a choice lasts as long as
 * the window.
 */

export type Theme = "system" | "light" | "dark";

const THEME = "hob.theme";
const LETTERS = "hob.letters";

class Preferences {
  #theme: Theme = $state(known(recall(THEME)));
  #letters = $state(recall(LETTERS) !== "off");

  get theme(): Theme {
    return this.#theme;
  }

  set theme(theme: Theme) {
    this.#theme = theme;
    keep(THEME, theme === "system" ? undefined : theme);
    this.#apply();
  }

  /** Whether a letter alone does something; some people's letters come from a voice or a tremor. */
  get letters(): boolean {
    return this.#letters;
  }

  set letters(letters: boolean) {
    this.#letters = letters;
    keep(LETTERS, letters ? undefined : "off");
  }

  /** Tells the style sheet, now and when another window of ours has chosen. Each window does it once, before it is drawn. */
  start(): void {
    this.#apply();
    addEventListener("storage", ({ key }) => {
      if (key === LETTERS) this.#letters = recall(LETTERS) !== "off";
      if (key !== THEME) return;
      this.#theme = known(recall(THEME));
      this.#apply();
    });
  }

  #apply(): void {
    if (this.#theme === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = this.#theme;
  }
}

/** Of this window; there is one page in it. */
export const preferences = new Preferences();

function known(theme: string | undefined): Theme {
  return theme === "light" || theme === "dark" ? theme : "system";
}

function recall(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

function keep(key: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // It lasts as long as the window.
  }
}
