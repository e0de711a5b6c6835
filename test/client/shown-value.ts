import {sha256} from '../../src/crypto/hash.ts';
import {bytesToHex} from '../../src/protocol/bytes.ts';

/** A decoded value as the vectors show it. SPEC.md §15.10. */
export function shownValue(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) {
    return value.length > 64 ? `sha256:${bytesToHex(sha256(value))}` : bytesToHex(value);
  }
  if (Array.isArray(value)) return value.map(shownValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, shownValue(inner)]),
  );
}
