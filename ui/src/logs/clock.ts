/** Times of lines: `14:02:11.204`, with the day where it is not today's. */

const two = (number: number) => String(number).padStart(2, "0");
const three = (number: number) => String(number).padStart(3, "0");

let lastSecond = -1;
let lastText = "";

/** `14:02:11.204`, in the reader's zone. */
export function clock(at: number): string {
  const second = Math.floor(at / 1000);
  if (second !== lastSecond) {
    const time = new Date(at);
    lastSecond = second;
    lastText = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  }
  return `${lastText}.${three(at - second * 1000)}`;
}

/** `14:02:11`, for sentences. */
export function seconds(at: number): string {
  return clock(at).slice(0, 8);
}

/** `20 Nov 14:02:11.204`. */
export function dated(at: number): string {
  const time = new Date(at);
  return `${String(time.getDate()).padStart(2, "\u2007")} ${time.toLocaleDateString("en-GB", { month: "short" }).slice(0, 3)} ${clock(at)}`;
}

/** When today began. */
export function midnight(now: number): number {
  return new Date(now).setHours(0, 0, 0, 0);
}
