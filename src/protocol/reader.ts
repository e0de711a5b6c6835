import {partOf} from './byte-pool.ts';
import {CodecError} from './errors.ts';

/** Above this a u64 does not fit into a number together with its low word. */
const EXACT_HIGH = 2 ** 21;
const WORD = 2 ** 32;

/** Reads one encoded value from front to back. Every read is bounded by the bytes given. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #areKept: boolean;
  #offset = 0;

  /** @param areKept the bytes never change and stay anyway: what is read may be a view of them */
  constructor(bytes: Uint8Array, areKept = false) {
    this.#areKept = areKept;
    // A Buffer's slice would be a view: seen as plain bytes, it is a copy.
    this.#bytes =
      bytes.constructor === Uint8Array
        ? bytes
        : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  #advance(length: number): number {
    if (length > this.remaining) {
      throw new CodecError('CODEC_TRUNCATED', {needed: length, left: this.remaining});
    }
    const start = this.#offset;
    this.#offset += length;
    return start;
  }

  // PERF: a DataView costs more to make than all that a short value reads from it.
  #at(index: number): number {
    return this.#bytes[index] ?? 0;
  }

  #wordAt(index: number): number {
    const low = (this.#at(index + 1) << 16) | (this.#at(index + 2) << 8) | this.#at(index + 3);
    return this.#at(index) * 2 ** 24 + low;
  }

  u8(): number {
    return this.#at(this.#advance(1));
  }

  u16(): number {
    const at = this.#advance(2);
    return (this.#at(at) << 8) | this.#at(at + 1);
  }

  i16(): number {
    return (this.u16() << 16) >> 16;
  }

  u32(): number {
    return this.#wordAt(this.#advance(4));
  }

  u64(): bigint {
    const at = this.#advance(8);
    const high = this.#wordAt(at);
    const low = this.#wordAt(at + 4);
    return high < EXACT_HIGH ? BigInt(high * WORD + low) : (BigInt(high) << 32n) | BigInt(low);
  }

  /** A copy, so that a value never keeps its whole message alive; unless that is kept. */
  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    const end = start + length;
    return this.#areKept ? partOf(this.#bytes, start, end) : this.#bytes.slice(start, end);
  }
}
