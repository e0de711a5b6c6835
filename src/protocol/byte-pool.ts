import {joinBytes} from './bytes.ts';

/** V8 keeps as many bytes in the array's own object. */
const IN_OBJECT_BYTES = 64;

/** Small, because one array that lives on keeps all of its chunk alive. */
const CHUNK_BYTES = 2048;

/**
 * Arrays cut from larger ones, for very many that are made together and forgotten together. PERF: memory of
 * its own for an array of more than 64 bytes costs as much as encoding a record does.
 */
export class BytePool {
  #chunk = new Uint8Array(CHUNK_BYTES);
  #used = 0;

  /** Zeros, never handed out before. */
  take(length: number): Uint8Array {
    if (length <= IN_OBJECT_BYTES || length > CHUNK_BYTES / 2) return new Uint8Array(length);
    if (this.#used + length > CHUNK_BYTES) {
      this.#chunk = new Uint8Array(CHUNK_BYTES);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += length;
    return this.#chunk.subarray(start, this.#used);
  }

  /** The parts, one after the other. */
  join(...parts: readonly Uint8Array[]): Uint8Array {
    return joinBytes(parts, (length) => this.take(length));
  }
}

/** A part of bytes that never change and are kept anyway: a view where that is the cheaper. */
export function partOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return end - start <= IN_OBJECT_BYTES ? bytes.slice(start, end) : bytes.subarray(start, end);
}
