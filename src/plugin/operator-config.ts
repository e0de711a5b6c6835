import {PluginError} from './errors.ts';
import {LOG_LEVELS, type LogLevel} from './logger.ts';

/** What an operator may set for one chain on one node (config bytes). Never consensus. SPEC.md §12. */
export type OperatorConfig = {
  readonly logLevel: LogLevel;
  /** Whether transactions are told to, and taken from, other validators. */
  readonly gossip: boolean;
  /** Blocks whose events are kept for those who come back; 0 for none. */
  readonly eventBlocks: number;
};

const DEFAULTS: OperatorConfig = {logLevel: 'info', gossip: true, eventBlocks: 10_000};
const MAX_EVENT_BLOCKS = 10_000_000;
const MAX_CONFIG_BYTES = 65_536;

function fail(path: string, problem: string): never {
  throw new PluginError('PLUGIN_CONFIG_INVALID', {path, problem});
}

const isLogLevel = (value: unknown): value is LogLevel =>
  (LOG_LEVELS as readonly unknown[]).includes(value);

const isCount = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_EVENT_BLOCKS;

function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  if (bytes.length > MAX_CONFIG_BYTES) fail('', 'is longer than 65536 bytes');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(bytes));
  } catch {
    fail('', 'is not JSON in UTF-8');
  }
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
  const {logLevel, gossip, eventBlocks, ...rest} = {...DEFAULTS, ...parseObject(bytes)};
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) fail(unknown.slice(0, 40), 'is not a known setting');
  if (!isLogLevel(logLevel)) fail('logLevel', `must be one of ${LOG_LEVELS.join(', ')}`);
  if (typeof gossip !== 'boolean') fail('gossip', 'must be true or false');
  if (!isCount(eventBlocks)) fail('eventBlocks', `must be a whole number to ${MAX_EVENT_BLOCKS}`);
  return Object.freeze({logLevel, gossip, eventBlocks});
}
