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

type WireInstant = {readonly seconds: string; readonly nanos: number};

function isInstant(value: unknown): value is WireInstant {
  return typeof value === 'object' && value !== null && 'seconds' in value && 'nanos' in value;
}

/** Sub-millisecond digits are dropped: nothing here is finer. */
function toMs(name: string, value: unknown): bigint {
  if (!isInstant(value)) throw new PluginError('PLUGIN_BAD_REQUEST', {field: name});
  return BigInt(value.seconds) * 1000n + BigInt(Math.floor(value.nanos / 1_000_000));
}

function toInstant(ms: bigint): WireInstant {
  return {seconds: (ms / 1000n).toString(), nanos: Number(ms % 1000n) * 1_000_000};
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

function fieldToWire(name: string, value: unknown): unknown {
  if (typeof value === 'bigint') {
    return INSTANT_FIELDS.has(name) ? toInstant(value) : value.toString();
  }
  if (Array.isArray(value)) return value.map((item) => fieldToWire('', item));
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  return toWire(value);
}

/** An answer as the loader encodes it. */
export function toWire(message: object): Readonly<Record<string, unknown>> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(message)) result[name] = fieldToWire(name, value);
  return result;
}
