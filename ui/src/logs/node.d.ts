/** The one function of Node's that tests here use; its own types are not installed. */
declare module "node:fs" {
  export function readFileSync(path: string, encoding: "utf8"): string;
}
