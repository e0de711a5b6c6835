import {repeatedName} from '../protocol/repeated-name.ts';
import {PluginError} from './errors.ts';
import {LOG_LEVELS, type LogLevel} from './logger.ts';

/** What an operator may set for one chain on one node (config bytes). Never consensus. SPEC.md §12. */
export type OperatorConfig = {
  readonly logLevel: LogLevel;
  /** Whether transactions are told to, and taken from, other validators. */
  readonly gossip: boolean;
  /** Blocks whose events are kept for those who come back; 0 for none. */
  readonly eventBlocks: number;
  /** Whether to begin with a state sync; undefined: only when the chain is at genesis. */
  readonly stateSync: boolean | undefined;
  /** A state that is less than this many blocks ahead is reached block by block. */
  readonly stateSyncMinBlocks: number;
  /** How many of the last blocks stay on the disk; undefined: all. */
  readonly keepBlocks: number | undefined;
};

const DEFAULTS: OperatorConfig = {
  logLevel: 'info',
  gossip: true,
  eventBlocks: 10_000,
  stateSync: undefined,
  stateSyncMinBlocks: 1000,
  keepBlocks: undefined,
};
const MAX_EVENT_BLOCKS = 10_000_000;
const MAX_BLOCKS = 1_000_000_000;
const MAX_CONFIG_BYTES = 65_536;

function fail(path: string, problem: string): never {
  throw new PluginError('PLUGIN_CONFIG_INVALID', {path, problem});
}

const isLogLevel = (value: unknown): value is LogLevel =>
  (LOG_LEVELS as readonly unknown[]).includes(value);

const isCount = (value: unknown, min: number, max: number): value is number =>
  Number.isInteger(value) && Number(value) >= min && Number(value) <= max;

/** A number of blocks, at least one. */
function assertBlocks(path: string, value: unknown): asserts value is number {
  if (!isCount(value, 1, MAX_BLOCKS)) fail(path, `must be a whole number from 1 to ${MAX_BLOCKS}`);
}

function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  if (bytes.length > MAX_CONFIG_BYTES) fail('', 'is longer than 65536 bytes');
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', {fatal: true}).decode(bytes);
    value = JSON.parse(text);
  } catch {
    fail('', 'is not JSON in UTF-8');
  }
  const repeated = repeatedName(text);
  if (repeated !== undefined) fail(repeated, 'is named twice');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    fail('', 'must be a JSON object');
  }
  return value as Readonly<Record<string, unknown>>;
}

/**
 * Reads config bytes: nothing, or a JSON object with known settings only.
 * @throws PluginError PLUGIN_CONFIG_INVALID with the path of what is wrong.
 */
export function parseOperatorConfig(bytes: Uint8Array): OperatorConfig {
  if (bytes.length === 0) return DEFAULTS;
  const settings = {...DEFAULTS, ...parseObject(bytes)};
  const {logLevel, gossip, eventBlocks, stateSync, stateSyncMinBlocks, keepBlocks, ...rest} =
    settings;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) fail(unknown.slice(0, 40), 'is not a known setting');
  if (!isLogLevel(logLevel)) fail('logLevel', `must be one of ${LOG_LEVELS.join(', ')}`);
  if (typeof gossip !== 'boolean') fail('gossip', 'must be true or false');
  if (!isCount(eventBlocks, 0, MAX_EVENT_BLOCKS)) {
    fail('eventBlocks', `must be a whole number to ${MAX_EVENT_BLOCKS}`);
  }
  if (stateSync !== undefined && typeof stateSync !== 'boolean') {
    fail('stateSync', 'must be true or false');
  }
  assertBlocks('stateSyncMinBlocks', stateSyncMinBlocks);
  if (keepBlocks !== undefined) assertBlocks('keepBlocks', keepBlocks);
  return Object.freeze({logLevel, gossip, eventBlocks, stateSync, stateSyncMinBlocks, keepBlocks});
}
