import {PluginError} from '../errors.ts';

/**
 * Between what the loader of proto/ hands out and messages.ts: bytes are copied out of the receive
 * buffer, which a single id would otherwise keep alive; 64-bit decimals become bigints; instants
 * become milliseconds. Fields are told by their names, which mean one thing in all of `vm.VM`.
 */
const U64_FIELDS = new Set(['height', 'pChainHeight', 'maxBlocksRetrivalTime']);
const INSTANT_FIELDS = new Set(['timestamp', 'deadline']);
/** Large, nested and without a reader. */
const IGNORED_FIELDS = new Set(['networkUpgrades']);
/** proto2: only what is sent is there, so that zeros are sent too. Host-protocol §2.10. */
const PROTO2_FIELDS = new Set(['metricFamilies']);

type WireInstant = {readonly seconds: string; readonly nanos: number};

function isInstant(value: unknown): value is WireInstant {
  return typeof value === 'object' && value !== null && 'seconds' in value && 'nanos' in value;
}

/** Sub-millisecond digits are dropped: nothing here is finer. */
function toMs(name: string, value: unknown): bigint {
  if (!isInstant(value)) throw new PluginError('PLUGIN_BAD_REQUEST', {field: name});
  return BigInt(value.seconds) * 1000n + BigInt(Math.floor(value.nanos / 1_000_000));
}

/** The epoch is an empty message, never an absent one. */
function toInstant(ms: bigint): object {
  return toWire({seconds: ms / 1000n, nanos: Number(ms % 1000n) * 1_000_000});
}

function fieldFromWire(name: string, value: unknown): unknown {
  if (INSTANT_FIELDS.has(name)) return toMs(name, value);
  if (U64_FIELDS.has(name)) return BigInt(value as string);
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map((item) => fieldFromWire('', item));
  return value;
}

/** A decoded request as messages.ts has it. @throws PluginError PLUGIN_BAD_REQUEST */
export function fromWire(message: object): Readonly<Record<string, unknown>> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(message)) {
    if (IGNORED_FIELDS.has(name) || value === undefined || value === null) continue;
    result[name] = fieldFromWire(name, value);
  }
  return result;
}

/** proto3 sends no zeros: the other side reads an absent number, flag or text as one. */
function isZero(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0;
  return value === 0 || value === 0n || value === false || value === '';
}

function fieldToWire(name: string, value: unknown, hasZeros: boolean): unknown {
  if (typeof value === 'bigint') {
    return INSTANT_FIELDS.has(name) ? toInstant(value) : value.toString();
  }
  if (Array.isArray(value)) return value.map((item) => fieldToWire('', item, hasZeros));
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  return toWire(value, hasZeros);
}

/** An answer as the loader encodes it; `hasZeros` within proto2, whose zeros count. */
export function toWire(message: object, hasZeros = false): Readonly<Record<string, unknown>> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(message)) {
    if (!hasZeros && !INSTANT_FIELDS.has(name) && isZero(value)) continue;
    result[name] = fieldToWire(name, value, hasZeros || PROTO2_FIELDS.has(name));
  }
  return result;
}
