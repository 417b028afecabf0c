/**
 * Which rows of a long list are on the screen, and where.
 *
 * Heights are kept in blocks with their sums, so that finding a row by its
 * position and a position by its row costs some hundred steps, whether all rows
 * are equally high or each has been measured. Rows come and go at both ends.
 */

const BLOCK = 512;

interface Block {
  heights: number[];
  sum: number;
}

export class Heights {
  #blocks: Block[] = [];
  #length = 0;
  #total = 0;

  get length(): number {
    return this.#length;
  }

  /** The height of all rows together. */
  get total(): number {
    return this.#total;
  }

  reset(heights: readonly number[]): void {
    this.#blocks = blocks(heights);
    this.#length = heights.length;
    this.#total = this.#blocks.reduce((total, block) => total + block.sum, 0);
  }

  push(height: number): void {
    let last = this.#blocks[this.#blocks.length - 1];
    if (last === undefined || last.heights.length >= BLOCK) this.#blocks.push((last = { heights: [], sum: 0 }));
    last.heights.push(height);
    last.sum += height;
    this.#length += 1;
    this.#total += height;
  }

  unshift(heights: readonly number[]): void {
    const more = blocks(heights);
    this.#blocks = more.concat(this.#blocks);
    this.#length += heights.length;
    this.#total += more.reduce((total, block) => total + block.sum, 0);
  }

  /** Removes rows at the beginning. */
  shift(rows: number): void {
    this.#cut(rows, () => this.#blocks[0], () => this.#blocks.shift(), (block, some) => block.heights.splice(0, some));
  }

  /** Removes rows at the end. */
  pop(rows: number): void {
    const last = () => this.#blocks[this.#blocks.length - 1];
    this.#cut(rows, last, () => this.#blocks.pop(), (block, some) => block.heights.splice(block.heights.length - some));
  }

  get(row: number): number {
    const { block, at } = this.#find(row);
    return block?.heights[at] ?? 0;
  }

  set(row: number, height: number): void {
    const { block, at } = this.#find(row);
    const before = block?.heights[at];
    if (block === undefined || before === undefined) return;
    block.heights[at] = height;
    block.sum += height - before;
    this.#total += height - before;
  }

  /** Where a row begins; for the row behind the last, where the list ends. */
  offset(row: number): number {
    let offset = 0;
    for (const block of this.#blocks) {
      if (row >= block.heights.length) {
        offset += block.sum;
        row -= block.heights.length;
        continue;
      }
      for (let at = 0; at < row; at += 1) offset += block.heights[at] ?? 0;
      return offset;
    }
    return offset;
  }

  /** The row at a position; the first or the last if it is outside. */
  row(position: number): number {
    let row = 0;
    for (const block of this.#blocks) {
      if (position >= block.sum) {
        position -= block.sum;
        row += block.heights.length;
        continue;
      }
      for (const height of block.heights) {
        position -= height;
        if (position < 0) return row;
        row += 1;
      }
    }
    return Math.max(0, this.#length - 1);
  }

  #find(row: number): { block: Block | undefined; at: number } {
    for (const block of this.#blocks) {
      if (row < block.heights.length) return { block, at: row };
      row -= block.heights.length;
    }
    return { block: undefined, at: 0 };
  }

  #cut(rows: number, end: () => Block | undefined, remove: () => void, splice: (block: Block, some: number) => number[]): void {
    for (let block = end(); 0 < rows && block !== undefined; block = end()) {
      const whole = block.heights.length <= rows;
      const taken = whole ? block.heights : splice(block, rows);
      const sum = whole ? block.sum : taken.reduce((total, height) => total + height, 0);
      if (whole) remove();
      else block.sum -= sum;
      rows -= taken.length;
      this.#length -= taken.length;
      this.#total -= sum;
    }
  }
}

function blocks(heights: readonly number[]): Block[] {
  const found: Block[] = [];
  for (let at = 0; at < heights.length; at += BLOCK) {
    const some = heights.slice(at, at + BLOCK);
    found.push({ heights: some, sum: some.reduce((total, height) => total + height, 0) });
  }
  return found;
}

/** Rows above and below the screen that are there already when it moves. */
export const SPARE = 8;

export interface Span {
  /** The first row that is drawn, and the one behind the last. */
  from: number;
  to: number;
  /** Where the first begins. */
  top: number;
}

/** The rows between two positions, and a few more. */
export function span(heights: Heights, top: number, bottom: number, spare = SPARE): Span {
  const from = Math.max(0, heights.row(Math.max(0, top)) - spare);
  const to = Math.min(heights.length, heights.row(Math.max(0, bottom)) + 1 + spare);
  return { from, to, top: heights.offset(from) };
}

/** How many rows of characters a text takes that breaks anywhere. */
export function wrapped(length: number, columns: number): number {
  return columns < 1 ? 1 : Math.max(1, Math.ceil(length / columns));
}
