import type {BytePool} from './byte-pool.ts';

/** Collects one encoded value. */
export class Writer {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  #reserve(length: number): number {
    const start = this.#length;
    const end = start + length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, start));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = end;
    return start;
  }

  u8(value: number): void {
    const at = this.#reserve(1);
    this.#view.setUint8(at, value);
  }

  u16(value: number): void {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value);
  }

  i16(value: number): void {
    const at = this.#reserve(2);
    this.#view.setInt16(at, value);
  }

  u32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value);
  }

  u64(value: bigint): void {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, value);
  }

  bytes(value: Uint8Array): void {
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
  }

  finish(pool: BytePool | undefined): Uint8Array {
    if (pool === undefined) return this.#bytes.slice(0, this.#length);
    const value = pool.take(this.#length);
    value.set(this.#bytes.subarray(0, this.#length));
    return value;
  }

  /** Ready for another value; nothing of the last one stays behind, it may have been a secret. */
  clear(): void {
    this.#bytes.fill(0, 0, this.#length);
    this.#length = 0;
  }

  get capacity(): number {
    return this.#bytes.length;
  }
}

/** What a page of an inbox fits into as a rule. */
const LENT_CAPACITY = 65_536;
/** PERF: a buffer of this size costs more than encoding a record. Absent while it is lent. */
let idleWriter: Writer | undefined;

/** For one value; to be given back whatever comes of it. */
export function borrowWriter(): Writer {
  const writer = idleWriter ?? new Writer(LENT_CAPACITY);
  idleWriter = undefined;
  return writer;
}

export function giveBackWriter(writer: Writer): void {
  writer.clear();
  if (writer.capacity === LENT_CAPACITY) idleWriter = writer;
}
