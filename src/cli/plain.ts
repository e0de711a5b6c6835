import {bytesToHex} from '../protocol/bytes.ts';

/** A decoded value as JSON can carry it: bytes as 0x-hex, integers above 2^53 as text. */
export function toPlain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `0x${bytesToHex(value)}`;
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, toPlain(field)]));
}
