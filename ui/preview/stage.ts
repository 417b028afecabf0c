/** Plays a scene to a page: the daemon that it needs, and what happens. */

import { Fake } from "../src/lib/api/fake";
import type { Following } from "../src/lib/api/transport";
import { BOARD_FEED } from "../src/lib/watch.svelte";
import { ANSWERS } from "./answers";
import type { Scene } from "./scene";

/** A daemon whose feeds say what the scene has for them as soon as somebody follows. */
export class Stage extends Fake {
  readonly #scene: Scene;

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
    if (board !== undefined) {
      const values = Object.entries(board).flatMap(([noun, named]) =>
        Object.entries(named).map(([key, value]) => ({ noun, key, value })),
      );
      const changes = values.map((value, index) => ({ ...value, sequence: index + 1 }));
      this.item(BOARD_FEED, { snapshot: true, changes });
    }
    if (lost !== undefined) this.fail(BOARD_FEED, lost);
  }
}
