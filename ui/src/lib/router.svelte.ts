/** Follows the window's address. Pages link with plain `<a href={address(...)}>`, so back and forward work by themselves. */

import { address, parse, type Route } from "./route";

export class Router {
  route: Route = $state.raw(parse(location.hash));

  readonly #follow = () => {
    this.route = parse(location.hash);
  };

  start(): void {
    addEventListener("hashchange", this.#follow);
    this.#follow();
  }

  stop(): void {
    removeEventListener("hashchange", this.#follow);
  }

  go(path: readonly string[], query?: Record<string, string | undefined>): void {
    location.hash = address(path, query);
  }

  /** Changes where we are without a step for "back": filters and tabs' settings. */
  replace(path: readonly string[], query?: Record<string, string | undefined>): void {
    history.replaceState(undefined, "", address(path, query));
    this.#follow();
  }
}
