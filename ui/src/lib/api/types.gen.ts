/* Generated from docs/ops.schema.json. Do not edit: `make gen` writes it anew. */

/**
 * What may be asked, by name.
 */
export interface Ops {}

/**
 * What may be followed, by name; a reply is one item.
 */
export interface Feeds {}
