import {createHash, hash} from 'node:crypto';
import {type Hex, u8} from './hex.ts';

export function sha256(data: Hex): Hex {
  return hash('sha256', Buffer.from(data, 'hex'), 'hex');
}

const TAGS = {
  stateLeaf: 'lux/session/state-leaf/v1',
  stateNode: 'lux/session/state-node/v1',
  mix: 'lux/session/mix/v1',
  placement: 'lux/session/placement/v1',
  halves: 'lux/session/halves/v1',
  witnessDraw: 'lux/session/witness-draw/v1',
  witnessPick: 'lux/session/witness-pick/v1',
  storedSet: 'lux/session/stored-set/v1',
} as const;

const ascii = (text: string): Hex => Buffer.from(text, 'ascii').toString('hex');

const PREFIXES = Object.fromEntries(
  Object.entries(TAGS).map(([name, tag]) => [name, u8(tag.length) + ascii(tag)]),
);

/** H(tag, x). SPEC.md §2. */
export function tagged(tag: keyof typeof TAGS, data: Hex): Hex {
  return sha256(PREFIXES[tag] + data);
}

/** First 20 bytes of SHA-256 of the key. */
export const addressOf = (publicKey: Hex): Hex => sha256(publicKey).slice(0, 40);

/** SP 800-185: the number of bytes that follow, then the number, without leading zeros. */
function leftEncode(value: number): Hex {
  const digits = value.toString(16);
  const whole = digits.length % 2 === 0 ? digits : `0${digits}`;
  return u8(whole.length / 2) + whole;
}

const field = (data: Hex): Hex => leftEncode(data.length * 4) + data;

/** NodeID of an ML-DSA-65 key on a chain. SPEC.md §2. */
export function nodeIdOf(chainId: Hex, publicKey: Hex): Hex {
  const input = [ascii('NODE_ID_V1'), chainId, '42', publicKey].map(field).join('');
  const output = createHash('shake256', {outputLength: 48}).update(input, 'hex').digest('hex');
  return output.slice(0, 40);
}

/** The eight big-endian u32 of a hash. */
export function wordsOf(digest: Hex): readonly number[] {
  return Array.from({length: 8}, (_, i) => Number.parseInt(digest.slice(8 * i, 8 * i + 8), 16));
}

/** A word as a fair draw among n: undefined for a word in the uneven rest at the end. SPEC.md §7.5. */
export function fairDraw(word: number, n: number): number | undefined {
  return word >= 2 ** 32 - (2 ** 32 % n) ? undefined : word % n;
}
