import {MAX_TX_BYTES} from './chain/limits.ts';
import {MAX_STATE_KEY_BYTES} from './chain/state-proof.ts';
import type {JsonSchema} from './json-schema.ts';

export type RequiredParam = {
  readonly required: true;
  readonly description: string;
  readonly schema: JsonSchema;
};
export type OptionalParam = Omit<RequiredParam, 'required'> & {readonly required: false};

const needed = (schema: JsonSchema, description: string): RequiredParam => ({
  required: true,
  description,
  schema,
});
const allowed = (schema: JsonSchema, description: string): OptionalParam => ({
  required: false,
  description,
  schema,
});

/** Longest text of an id. */
export const MAX_ID_TEXT = 128;
/** Most items of one page. */
export const MAX_PAGE = 100;
/** Most keys of one request for proofs. */
export const MAX_PROVEN_KEYS = 64;

const BASE58 = '[1-9A-HJ-NP-Za-km-z]';

function hexSchema(maxBytes: number): JsonSchema {
  return {type: 'string', pattern: '^(0x)?([0-9a-fA-F]{2})*$', maxLength: 2 + 2 * maxBytes};
}

const idSchema: JsonSchema = {type: 'string', pattern: `^${BASE58}+$`, maxLength: MAX_ID_TEXT};
const nodeIdSchema: JsonSchema = {
  type: 'string',
  pattern: `^NodeID-${BASE58}+$`,
  maxLength: MAX_ID_TEXT,
};
const u64Schema: JsonSchema = {
  anyOf: [
    {type: 'string', pattern: '^(0|[1-9][0-9]{0,19})$'},
    {type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER},
  ],
};

export const BLOCK_ID = needed(idSchema, 'Block id, CB58.');
export const TX_ID = needed(idSchema, 'Transaction id, CB58.');
export const NODE_ID = needed(nodeIdSchema, 'NodeID- and CB58 of 20 bytes.');
const addressSchema: JsonSchema = {
  type: 'string',
  pattern: '^(0x)?[0-9a-fA-F]{40}$',
  maxLength: MAX_ID_TEXT,
};
const swarmIdSchema: JsonSchema = {type: 'integer', minimum: 0, maximum: 0xffff_ffff};

export const ADDRESS = needed(addressSchema, 'Account, hex of 20 bytes.');
export const HEIGHT = needed(u64Schema, 'Height, as decimal text or a number.');
export const TX_BYTES = needed(hexSchema(MAX_TX_BYTES), 'The signed transaction, hex.');
export const SWARM_ID = needed(swarmIdSchema, 'Swarm id, below numSwarms.');
export const PUBKEY = needed(hexSchema(33), 'Id of the inbox, hex of 33 bytes.');
export const ENCODING = allowed(
  {type: 'string', enum: ['hex']},
  'hex: the answer holds the bytes as well.',
);
export const LIMIT = allowed(
  {type: 'integer', minimum: 1, maximum: MAX_PAGE},
  `Items of the page; ${MAX_PAGE} unless said.`,
);
export const CURSOR = allowed(u64Schema, 'cursor of the page before.');
export const NODE_ID_CURSOR = allowed(nodeIdSchema, 'cursor of the page before.');

export const STATE_KEYS = allowed(
  {
    type: 'array',
    items: hexSchema(MAX_STATE_KEY_BYTES),
    minItems: 1,
    maxItems: MAX_PROVEN_KEYS,
  },
  'Keys of the state (SPEC.md §8.1), hex.',
);
export const STATE_PREFIX = allowed(
  {...hexSchema(MAX_STATE_KEY_BYTES), pattern: '^(0x)?([0-9a-fA-F]{2})+$'},
  'Beginning of the keys whose entries are proven completely, hex.',
);
export const PROVEN_NODE = allowed(nodeIdSchema, 'A service node: its record and its keys.');
export const PROVEN_ACCOUNT = allowed(addressSchema, 'An account: its balance and nonce.');
export const PROVEN_SWARM = allowed(swarmIdSchema, 'A swarm: all its members, and the epoch.');
export const PROVEN_HEIGHT = allowed(
  u64Schema,
  'The state after the accepted block of this height; about the last 32 are at hand.',
);
export const STATE_ROOT = allowed(
  {type: 'string', pattern: '^(0x)?[0-9a-fA-F]{64}$'},
  'The newest state at hand with this root.',
);
