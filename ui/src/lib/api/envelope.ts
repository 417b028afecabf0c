/**
 * The envelope in which requests and replies travel: JSON-RPC 2.0, with feed
 * items as notifications that carry the number of the request they answer.
 *
 * Every transport that carries bytes uses these shapes; a test's does too, so
 * that a page never meets a reply that the daemon could not have sent.
 */

import { Fault } from "./transport";

export interface Request {
  jsonrpc: "2.0";
  id: number;
  method: string;
  params: object;
}

export interface Cancel {
  jsonrpc: "2.0";
  method: "$/cancel";
  params: { id: number };
}

export interface Item {
  jsonrpc: "2.0";
  method: "feed.item";
  params: { id: number; item: unknown };
}

export type Response =
  | { jsonrpc: "2.0"; id: number; result: unknown }
  | { jsonrpc: "2.0"; id: number; error: { code: number; message: string; data?: { code: string; hint?: string } } };

export function request(id: number, method: string, params: object): Request {
  return { jsonrpc: "2.0", id, method, params };
}

export function cancel(id: number): Cancel {
  return { jsonrpc: "2.0", method: "$/cancel", params: { id } };
}

/** The result of a response, or its fault thrown. */
export function settle(response: Response): unknown {
  if (!("error" in response)) return response.result;
  const { message, data } = response.error;
  // JSON-RPC's own errors come without our code: the request itself was not understood.
  throw new Fault(data?.code ?? "invalid", message, data?.hint);
}
