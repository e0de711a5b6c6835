import {join, resolve} from 'node:path';
import {type Address, hexToBytes, toAddress} from '../protocol/bytes.ts';
import {ConfigError} from './errors.ts';

/** Settings of one service node, parsed once and frozen. Consensus rules are not among them. */
export type NodeConfig = {
  /** Whole URL of the chain's API. */
  readonly rpc: string;
  /** Folder of the ledger, the records and, by default, the key. */
  readonly data: string;
  /** The node's identity file; made on first start when it is missing. */
  readonly key: string;
  /** Identity file of the owner account: with it the node registers itself. */
  readonly ownerKey: string | undefined;
  /** Owner account: without its key the node prints a request for it to sign. */
  readonly owner: Address | undefined;
  /** Storage that the node offers, in bytes; undefined means the smallest that the chain allows. */
  readonly capacity: bigint | undefined;
  /** Stake of a self-registration, base units; undefined means the chain's minimum. */
  readonly stake: bigint | undefined;
  /** The operator's word that this key runs nowhere else: duties from the next epoch on. */
  readonly takeOver: boolean;
};

function fail(path: string, expected: string): never {
  throw new ConfigError('CONFIG_INVALID', {path, expected});
}

function textAt(value: unknown, path: string): string {
  if (typeof value !== 'string' || value === '') fail(path, 'must be text');
  return value;
}

function optionalAt<T>(
  value: unknown,
  path: string,
  parse: (value: unknown, path: string) => T,
): T | undefined {
  return value === undefined ? undefined : parse(value, path);
}

function flagAt(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') fail(path, 'must be true or false');
  return value;
}

const UNITS: Readonly<Record<string, bigint>> = {
  '': 1n,
  B: 1n,
  KiB: 1n << 10n,
  MiB: 1n << 20n,
  GiB: 1n << 30n,
  TiB: 1n << 40n,
};
const MAX_CAPACITY = 1n << 60n;

/** `10737418240`, `10GiB`, `512MiB`. */
function bytesAt(value: unknown, path: string): bigint {
  const text = typeof value === 'number' ? String(value) : textAt(value, path);
  const [, digits = '', unit = ''] = /^([0-9]{1,19}) ?([KMGT]iB|B)?$/.exec(text) ?? [];
  const scale = UNITS[unit];
  if (digits === '' || scale === undefined) fail(path, 'must be bytes, as in 10GiB or 10737418240');
  const size = BigInt(digits) * scale;
  if (size === 0n || size > MAX_CAPACITY) fail(path, 'must be 1 byte to 1024 PiB');
  return size;
}

function unitsAt(value: unknown, path: string): bigint {
  const text = textAt(value, path);
  if (!/^[1-9][0-9]{0,19}$/.test(text) || BigInt(text) >= 1n << 64n) {
    fail(path, 'must be base units as decimal text below 2^64');
  }
  return BigInt(text);
}

function addressAt(value: unknown, path: string): Address {
  const text = textAt(value, path);
  if (!/^(0x)?[0-9a-fA-F]{40}$/.test(text)) fail(path, 'must be an account: 40 hex digits');
  return toAddress(hexToBytes(text));
}

function urlAt(value: unknown, path: string): string {
  const text = textAt(value, path);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    fail(path, 'must be an http or https URL');
  }
  return text;
}

const KNOWN = ['rpc', 'data', 'key', 'ownerKey', 'owner', 'capacity', 'stake', 'takeOver'];

/**
 * Reads the settings of a service node: an object of known fields.
 * @throws ConfigError CONFIG_INVALID with the path of the field.
 */
export function parseNodeConfig(value: unknown): NodeConfig {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    fail('', 'must be an object');
  }
  const object = value as Readonly<Record<string, unknown>>;
  const unknownKey = Object.keys(object).find((key) => !KNOWN.includes(key));
  if (unknownKey !== undefined)
    fail(unknownKey.slice(0, 40), `is unknown; known: ${KNOWN.join(', ')}`);
  const data = resolve(textAt(object['data'], 'data'));
  const config: NodeConfig = {
    rpc: urlAt(object['rpc'], 'rpc'),
    data,
    key: resolve(optionalAt(object['key'], 'key', textAt) ?? join(data, 'node.key')),
    ownerKey: optionalAt(object['ownerKey'], 'ownerKey', textAt),
    owner: optionalAt(object['owner'], 'owner', addressAt),
    capacity: optionalAt(object['capacity'], 'capacity', bytesAt),
    stake: optionalAt(object['stake'], 'stake', unitsAt),
    takeOver: optionalAt(object['takeOver'], 'takeOver', flagAt) ?? false,
  };
  if (config.owner !== undefined && config.ownerKey !== undefined) {
    fail('owner', 'goes without ownerKey: the key names its account');
  }
  return Object.freeze(config);
}
