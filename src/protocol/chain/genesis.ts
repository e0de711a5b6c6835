import {type Address, bytesToHex, hexToBytes, toAddress} from '../bytes.ts';
import {SessionError} from '../errors.ts';
import {type FieldFailure, JsonFields, type JsonObject} from './json-fields.ts';
import {MAX_GENESIS_BYTES} from './limits.ts';
import {applyRules} from './rule-fields.ts';
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
export const LATEST_TIMESTAMP = 32_503_680_000;
const MAX_U64 = (1n << 64n) - 1n;
const MAX_MESSAGE_LENGTH = 1024;
const VM_ID_TEXT = 'speKUgLBX6WRD5cfGeEfLa43LxTXUBckvtv4td6F3eTXvRP48';

const fail: FieldFailure = (path, problem, details = {}) => {
  throw new GenesisError('GENESIS_INVALID', {path, problem, ...details});
};
const fields = new JsonFields(fail);

/** Rules that genesis may set. */
const GENESIS_RULES = [
  'epochSeconds',
  'swarmExponent',
  'minStake',
  'minFee',
  'minCapacity',
  'unbondingSeconds',
] as const satisfies readonly (keyof Rules)[];

function parseRules(value: unknown, before: Rules): Rules {
  if (value === undefined) return before;
  const object = fields.object(value, 'rules');
  fields.refuseUnknown(object, 'rules.', GENESIS_RULES);
  return applyRules(fields, object, {names: GENESIS_RULES, path: 'rules', before});
}

function parseToken(value: unknown, preset: Rules): Rules {
  if (value === undefined) return preset;
  const object = fields.object(value, 'token');
  fields.refuseUnknown(object, 'token.', ['symbol', 'decimals']);
  const symbol = fields.text(object['symbol'], 'token.symbol', /^[A-Z][A-Z0-9]{1,9}$/);
  return {
    ...preset,
    token: {symbol, decimals: fields.integer(object['decimals'], 'token.decimals', [0, 18])},
  };
}

function parseAllocations(value: unknown): readonly Allocation[] {
  if (value === undefined) return [];
  const allocations: Allocation[] = [];
  const seen = new Set<string>();
  let total = 0n;
  for (const [text, amountText] of Object.entries(fields.object(value, 'alloc'))) {
    const path = `alloc.${text.slice(0, 42)}`;
    const address = toAddress(hexToBytes(fields.text(text, path, /^(0x)?[0-9a-fA-F]{40}$/)));
    const amount = fields.amount(amountText, path);
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

function parseJson(bytes: Uint8Array): JsonObject {
  if (bytes.length > MAX_GENESIS_BYTES) {
    throw new GenesisError('GENESIS_TOO_LARGE', {limit: MAX_GENESIS_BYTES, found: bytes.length});
  }
  if (bytes.length === 0) fail('', 'is empty: make one with `sessionvm genesis --preset lux`');
  return fields.parse(bytes);
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
  fields.refuseUnknown(object, '', known);
  const {version, timestamp, token, rules, alloc, message} = object as Record<string, unknown>;
  if (version !== undefined && version !== 1) fail('version', 'must be 1');
  if (object['config'] !== undefined) fields.object(object['config'], 'config');
  const range = [EARLIEST_TIMESTAMP, LATEST_TIMESTAMP] as const;
  const seconds = fields.integer(timestamp, 'timestamp', range);
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
  readonly rules?: Readonly<Partial<Record<(typeof GENESIS_RULES)[number], number | string>>>;
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
