import {join, resolve} from 'node:path';
import type {Address} from '../protocol/bytes.ts';
import {MAX_ADDRESSES} from '../protocol/overlay/peer-record.ts';
import {
  account,
  announcedAddress,
  endpointOrOff,
  flag,
  type HostAndPort,
  invalid,
  keyReference,
  listenAddress,
  listOf,
  optional,
  peerAddress,
  type Setting,
  size,
  text,
  units,
  url,
} from './config-values.ts';

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
  /** Multiaddrs on which the overlay listens. */
  readonly listen: readonly string[];
  /** Multiaddrs that others are told; undefined means those listened on. */
  readonly announce: readonly string[] | undefined;
  /** Multiaddrs of peers to begin with; each ends in `/p2p/…`. */
  readonly bootstrap: readonly string[];
  /** Where `/metrics` and `/health` are served; undefined for nowhere. */
  readonly metrics: HostAndPort | undefined;
  /** Whole URL of the identity chain's API; undefined: DIDs are not looked up. */
  readonly identity: string | undefined;
  /** Whole URL of the key chain's API; undefined: it is not asked. */
  readonly keyChain: string | undefined;
  /** Id or name of the node's transport key there; undefined: `sessionvm/<NodeID>`. */
  readonly keyRef: string | undefined;
  /** The operator's word that this key runs nowhere else: duties from the next epoch on. */
  readonly takeOver: boolean;
};

const DEFAULT_LISTEN = ['/ip4/0.0.0.0/tcp/22023', '/ip6/::/tcp/22023'];
const DEFAULT_METRICS = '127.0.0.1:22024';
/** More peers to begin with help nobody. */
const MAX_BOOTSTRAP = 64;

const SETTINGS = {
  rpc: url,
  data: text,
  key: optional(text),
  ownerKey: optional(text),
  owner: optional(account),
  capacity: optional(size),
  stake: optional(units),
  listen: optional(listOf(listenAddress, {min: 1, max: MAX_ADDRESSES})),
  announce: optional(listOf(announcedAddress, {min: 1, max: MAX_ADDRESSES})),
  bootstrap: optional(listOf(peerAddress, {min: 0, max: MAX_BOOTSTRAP})),
  metrics: optional((value, path) => ({endpoint: endpointOrOff(value, path)})),
  identity: optional(url),
  keyChain: optional(url),
  keyRef: optional(keyReference),
  takeOver: optional(flag),
  /** Where an editor finds the schema of the file. */
  $schema: optional(text),
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

/** Every setting that `parseNodeConfig` knows. */
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly (keyof typeof SETTINGS)[];

type Values = {readonly [Name in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[Name]>};

function valuesOf(value: unknown): Values {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    invalid('', 'must be an object');
  }
  const object = value as Readonly<Record<string, unknown>>;
  const unknownKey = Object.keys(object).find((key) => !Object.hasOwn(SETTINGS, key));
  if (unknownKey !== undefined) {
    invalid(unknownKey.slice(0, 40), `is unknown; known: ${SETTING_NAMES.join(', ')}`);
  }
  const entries = SETTING_NAMES.map((name) => [name, SETTINGS[name](object[name], name)]);
  return Object.fromEntries(entries) as Values;
}

/**
 * Reads the settings of a service node: an object of known fields.
 * @throws ConfigError CONFIG_INVALID with the path of the field.
 */
export function parseNodeConfig(value: unknown): NodeConfig {
  const {$schema: _, metrics, ...values} = valuesOf(value);
  const data = resolve(values.data);
  if (values.owner !== undefined && values.ownerKey !== undefined) {
    invalid('owner', 'goes without ownerKey: the key names its account');
  }
  return Object.freeze({
    ...values,
    data,
    key: resolve(values.key ?? join(data, 'node.key')),
    listen: values.listen ?? DEFAULT_LISTEN,
    bootstrap: values.bootstrap ?? [],
    metrics: metrics === undefined ? endpointOrOff(DEFAULT_METRICS, 'metrics') : metrics.endpoint,
    takeOver: values.takeOver ?? false,
  });
}
