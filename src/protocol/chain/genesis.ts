import {type Address, bytesToHex, hexToBytes, toAddress} from '../bytes.ts';
import {type ErrorDetails, SessionError} from '../errors.ts';
import {MAX_GENESIS_BYTES} from './limits.ts';
import {isPresetName, PRESETS, type PresetName, type Rules} from './rules.ts';

/** What is wrong with genesis bytes; `path` names the field. */
export class GenesisError extends SessionError<'GENESIS_INVALID' | 'GENESIS_TOO_LARGE'> {}

export type Allocation = {readonly address: Address; readonly amount: bigint};

/** A parsed genesis: the rules of a chain and its first balances. SPEC.md §3. */
export type Genesis = {
  /** S_0, Unix ms. */
  readonly timeMs: bigint;
  readonly rules: Rules;
  /** Ascending by address, without repeats. */
  readonly allocations: readonly Allocation[];
  readonly message: string;
};

/** The hosts run a chain of an earlier time without proposer rules, so none may begin before it. */
const EARLIEST_TIMESTAMP = 1_607_144_400;
const LATEST_TIMESTAMP = 32_503_680_000;
const MAX_U64 = (1n << 64n) - 1n;
const MAX_MESSAGE_LENGTH = 1024;
const VM_ID_TEXT = 'speKUgLBX6WRD5cfGeEfLa43LxTXUBckvtv4td6F3eTXvRP48';

type JsonObject = Readonly<Record<string, unknown>>;

function fail(path: string, problem: string, details: ErrorDetails = {}): never {
  throw new GenesisError('GENESIS_INVALID', {path, problem, ...details});
}

function objectAt(value: unknown, path: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    fail(path, 'must be an object');
  }
  return value as JsonObject;
}

function integerAt(value: unknown, path: string, [min, max]: readonly [number, number]): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    fail(path, 'must be a whole number in range', {min, max});
  }
  return value;
}

function textAt(value: unknown, path: string, pattern: RegExp): string {
  if (typeof value !== 'string' || !pattern.test(value)) {
    fail(path, `must be text like ${pattern.source}`);
  }
  return value;
}

/** Amounts are decimal strings: a u64 does not fit a JSON number. */
function amountAt(value: unknown, path: string): bigint {
  const digits = textAt(value, path, /^(0|[1-9][0-9]{0,19})$/);
  const amount = BigInt(digits);
  if (amount > MAX_U64) fail(path, 'must be below 2^64');
  return amount;
}

function refuseUnknownKeys(object: JsonObject, path: string, known: readonly string[]): void {
  for (const key of Object.keys(object)) {
    if (known.includes(key) || key.startsWith('x-')) continue;
    fail(`${path}${key.slice(0, 40)}`, 'is not a known field (own fields begin with x-)');
  }
}

const RULE_FIELDS = {
  epochSeconds: (value: unknown, path: string) => ({
    epochSeconds: integerAt(value, path, [12, 86_400]),
  }),
  swarmExponent: (value: unknown, path: string) => ({
    swarmExponent: integerAt(value, path, [0, 12]),
  }),
  minStake: (value: unknown, path: string) => ({minStake: amountAt(value, path)}),
  minFee: (value: unknown, path: string) => ({minFee: amountAt(value, path)}),
  minCapacity: (value: unknown, path: string) => ({minCapacity: amountAt(value, path)}),
  unbondingSeconds: (value: unknown, path: string) => ({
    unbondingSeconds: integerAt(value, path, [0, 31_536_000]),
  }),
} as const;

function parseRules(value: unknown, preset: Rules): Rules {
  if (value === undefined) return preset;
  const object = objectAt(value, 'rules');
  refuseUnknownKeys(object, 'rules.', Object.keys(RULE_FIELDS));
  let rules = preset;
  for (const [name, parse] of Object.entries(RULE_FIELDS)) {
    if (object[name] !== undefined) rules = {...rules, ...parse(object[name], `rules.${name}`)};
  }
  return rules;
}

function parseToken(value: unknown, preset: Rules): Rules {
  if (value === undefined) return preset;
  const object = objectAt(value, 'token');
  refuseUnknownKeys(object, 'token.', ['symbol', 'decimals']);
  const symbol = textAt(object['symbol'], 'token.symbol', /^[A-Z][A-Z0-9]{1,9}$/);
  return {
    ...preset,
    token: {symbol, decimals: integerAt(object['decimals'], 'token.decimals', [0, 18])},
  };
}

function parseAllocations(value: unknown): readonly Allocation[] {
  if (value === undefined) return [];
  const allocations: Allocation[] = [];
  const seen = new Set<string>();
  let total = 0n;
  for (const [text, amountText] of Object.entries(objectAt(value, 'alloc'))) {
    const path = `alloc.${text.slice(0, 42)}`;
    const address = toAddress(hexToBytes(textAt(text, path, /^(0x)?[0-9a-fA-F]{40}$/)));
    const amount = amountAt(amountText, path);
    if (seen.has(bytesToHex(address))) fail(path, 'is named twice');
    seen.add(bytesToHex(address));
    total += amount;
    if (total > MAX_U64) fail('alloc', 'must add up to less than 2^64');
    allocations.push({address, amount});
  }
  return allocations.sort((a, b) => (bytesToHex(a.address) < bytesToHex(b.address) ? -1 : 1));
}

/** A Session genesis of Pars names the VM and carries messaging settings, which are informative. */
function presetNameOf(object: JsonObject): PresetName {
  const {preset, vmID} = object as {readonly preset?: unknown; readonly vmID?: unknown};
  if (vmID !== undefined && vmID !== VM_ID_TEXT) fail('vmID', `must be ${VM_ID_TEXT}`);
  if (preset === undefined) return vmID === undefined ? 'lux' : 'pars';
  if (!isPresetName(preset)) fail('preset', 'must be lux, pars or dev');
  return preset;
}

const decoder = new TextDecoder('utf-8', {fatal: true});

function parseJson(bytes: Uint8Array): JsonObject {
  if (bytes.length > MAX_GENESIS_BYTES) {
    throw new GenesisError('GENESIS_TOO_LARGE', {limit: MAX_GENESIS_BYTES, found: bytes.length});
  }
  if (bytes.length === 0) fail('', 'is empty: make one with `sessionvm genesis --preset lux`');
  try {
    return objectAt(JSON.parse(decoder.decode(bytes)), '');
  } catch (error) {
    if (error instanceof GenesisError) throw error;
    fail('', 'is not JSON in UTF-8');
  }
}

/**
 * Reads genesis bytes: JSON with known fields only. SPEC.md §3.
 * @throws GenesisError with the path of the field that is wrong.
 */
export function parseGenesis(bytes: Uint8Array): Genesis {
  const object = parseJson(bytes);
  const known = [
    'version',
    'preset',
    'timestamp',
    'token',
    'rules',
    'alloc',
    'message',
    'vmID',
    'config',
  ];
  refuseUnknownKeys(object, '', known);
  const {version, timestamp, token, rules, alloc, message} = object as Record<string, unknown>;
  if (version !== undefined && version !== 1) fail('version', 'must be 1');
  if (object['config'] !== undefined) objectAt(object['config'], 'config');
  const range = [EARLIEST_TIMESTAMP, LATEST_TIMESTAMP] as const;
  const seconds = integerAt(timestamp, 'timestamp', range);
  const preset = PRESETS[presetNameOf(object)];
  if (
    message !== undefined &&
    (typeof message !== 'string' || message.length > MAX_MESSAGE_LENGTH)
  ) {
    fail('message', 'must be text of at most 1024 characters');
  }
  return {
    timeMs: BigInt(seconds) * 1000n,
    rules: parseRules(rules, parseToken(token, preset)),
    allocations: parseAllocations(alloc),
    message: typeof message === 'string' ? message : '',
  };
}

export type GenesisInit = {
  readonly preset: PresetName;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly allocations: readonly Allocation[];
  readonly rules?: Readonly<Partial<Record<keyof typeof RULE_FIELDS, number | string>>>;
  readonly message?: string;
};

/**
 * Writes genesis bytes and reads them back, so that what is printed can be started.
 * @throws GenesisError as parseGenesis does.
 */
export function createGenesis({
  preset,
  timestamp,
  allocations,
  rules,
  message,
}: GenesisInit): Uint8Array {
  const alloc: Record<string, string> = {};
  for (const {address, amount} of allocations) {
    const key = `0x${bytesToHex(address)}`;
    if (Object.hasOwn(alloc, key)) fail(`alloc.${key}`, 'is named twice');
    alloc[key] = amount.toString();
  }
  const {token, minStake} = PRESETS[preset];
  const object = {
    version: 1,
    preset,
    timestamp,
    token,
    rules: {minStake: minStake.toString(), ...rules},
    alloc,
    ...(message === undefined ? {} : {message}),
  };
  const bytes = new TextEncoder().encode(`${JSON.stringify(object, undefined, 2)}\n`);
  parseGenesis(bytes);
  return bytes;
}
