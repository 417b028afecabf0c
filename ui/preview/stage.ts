/** Plays a scene to a page: the daemon that it needs, and what happens. */

import { Fake } from "../src/lib/api/fake";
import type { Following } from "../src/lib/api/transport";
import { BOARD_FEED } from "../src/lib/watch.svelte";
import { ANSWERS } from "./answers";
import type { Scene } from "./scene";

/** A daemon whose feeds say what the scene has for them as soon as somebody follows. */
export class Stage extends Fake {
  readonly #scene: Scene;
  #begun = false;

  constructor(scene: Scene) {
    super({ ...ANSWERS, ...scene.answers });
    this.#scene = scene;
  }

  override open(feed: string, params: object, onItem: (item: unknown) => void): Following {
    const following = super.open(feed, params, onItem);
    if (feed !== BOARD_FEED) queueMicrotask(() => this.#scene.feeds?.[feed]?.(params).forEach(onItem));
    else if (this.followers(feed) === 1) queueMicrotask(() => this.#begin());
    return following;
  }

  #begin(): void {
    const { board, lost } = this.#scene;
    // A daemon that is lost does not come back when it is tried again.
    if (board !== undefined && !(lost && this.#begun)) {
      const values = Object.entries(board).flatMap(([noun, named]) =>
        Object.entries(named).map(([key, value]) => ({ noun, key, value })),
      );
      const changes = values.map((value, index) => ({ ...value, sequence: index + 1 }));
      this.item(BOARD_FEED, { snapshot: true, changes });
    }
    this.#begun = true;
    if (lost !== undefined) this.fail(BOARD_FEED, lost);
  }
}
