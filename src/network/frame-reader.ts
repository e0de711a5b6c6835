import {concatBytes} from '../protocol/bytes.ts';
import {NetworkError} from './errors.ts';

/** Three bytes hold lengths below 2 MiB: more than any frame has. */
export const MAX_LENGTH_BYTES = 3;

/** The length as an unsigned varint, lowest seven bits first. */
export function lengthPrefix(length: number): Uint8Array {
  const bytes: number[] = [];
  let rest = length;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/**
 * Puts frames together from the pieces that arrive. Not libp2p's lpStream: that one never gives up on a
 * length that does not end, and takes a turn of the loop for each byte of it.
 */
export class FrameReader {
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that have arrived and were not taken. */
  get size(): number {
    return this.#size;
  }

  push(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#size += piece.length;
  }

  /** Forgets what was not taken. */
  clear(): void {
    this.#pieces = [];
    this.#size = 0;
  }

  /**
   * The next frame without its length; undefined while it is not whole.
   * @throws NetworkError NETWORK_BAD_FRAME for a length that is too long, or does not end.
   */
  next(): Uint8Array | undefined {
    const [start = new Uint8Array()] = this.#pieces;
    // Only a length that lies across pieces needs them joined.
    if (start.length < MAX_LENGTH_BYTES && this.#pieces.length > 1) this.#join();
    const header = this.#header(this.#pieces[0] ?? start);
    if (header === undefined) return undefined;
    const end = header.bytes + header.length;
    if (this.#size < end) return undefined;
    if ((this.#pieces[0]?.length ?? 0) < end) this.#join();
    const [joined = start] = this.#pieces;
    const rest = joined.subarray(end);
    if (rest.length === 0) this.#pieces.shift();
    else this.#pieces[0] = rest;
    this.#size -= end;
    const frame = joined.subarray(header.bytes, end);
    // What is taken from a frame may be a view of it: a short one must not keep all that came with it.
    return frame.buffer.byteLength > 2 * frame.length ? new Uint8Array(frame) : frame;
  }

  #header(start: Uint8Array): {readonly bytes: number; readonly length: number} | undefined {
    let length = 0;
    for (let i = 0; i < MAX_LENGTH_BYTES; i++) {
      const byte = start[i];
      if (byte === undefined) return undefined;
      length |= (byte & 0x7f) << (7 * i);
      if (length > this.#maxBytes) break;
      if (byte < 0x80) return {bytes: i + 1, length};
    }
    throw new NetworkError('NETWORK_BAD_FRAME', {problem: 'length', limit: this.#maxBytes});
  }

  #join(): void {
    if (this.#pieces.length > 1) this.#pieces = [concatBytes(...this.#pieces)];
  }
}
