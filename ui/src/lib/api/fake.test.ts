import { expect, test } from "vitest";

import { settle } from "./envelope";
import { Fake } from "./fake";
import { Fault } from "./transport";

test("a call is one request, and its reply is the result", async () => {
  const daemon = new Fake({ "service.get": (params) => ({ ...params, state: "running" }) });
  await expect(daemon.call("service.get", { name: "web" })).resolves.toEqual({ name: "web", state: "running" });
  expect(daemon.sent).toEqual([{ jsonrpc: "2.0", id: 1, method: "service.get", params: { name: "web" } }]);
});

test("a fault arrives with its code and hint", async () => {
  const daemon = new Fake({
    "service.get": () => {
      throw new Fault("not_found", 'no service is named "wbe"', 'did you mean "web"?');
    },
  });
  const fault = { code: "not_found", message: 'no service is named "wbe"', hint: 'did you mean "web"?' };
  await expect(daemon.call("service.get", { name: "wbe" })).rejects.toMatchObject(fault);
});

test("what does not survive the wire does not survive here", async () => {
  const daemon = new Fake({ "service.get": () => ({ pid: undefined, when: new Date(0) }) });
  await expect(daemon.call("service.get", {})).resolves.toEqual({ when: "1970-01-01T00:00:00.000Z" });
});

test("an unknown operation is JSON-RPC's own error", async () => {
  await expect(new Fake().call("service.gte", {})).rejects.toMatchObject({ code: "invalid" });
});

test("a cancelled feed sends no more items", async () => {
  const daemon = new Fake();
  const items: unknown[] = [];
  const following = daemon.open("service.follow", { name: "web" }, (item) => items.push(item));
  daemon.item("service.follow", "one");
  following.cancel();
  daemon.item("service.follow", "two");
  await following.ended;
  expect(items).toEqual(["one"]);
  expect(daemon.sent.at(-1)).toEqual({ jsonrpc: "2.0", method: "$/cancel", params: { id: 1 } });
});

test("a response with neither data nor hint is still a fault", () => {
  const response = { jsonrpc: "2.0", id: 1, error: { code: -32700, message: "expected a value at column 3" } } as const;
  expect(() => settle(response)).toThrow("expected a value at column 3");
});
