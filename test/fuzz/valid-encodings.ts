import {type Codec, encode} from '../../src/protocol/codec.ts';
import {CodecError} from '../../src/protocol/errors.ts';
import {Reader} from '../../src/protocol/reader.ts';
import type {Random} from './random.ts';

/** Small lengths and counts, every type id and scheme byte: what makes most reads succeed. */
const U8 = [0, 1, 2, 3, 14, 17, 0x42];
const U16 = [0, 1];
const U32 = [0, 0, 1, 1, 2, 3, 5, 16, 17];
const MAX_BYTES = 4096;

/** Makes up the bytes that a codec asks for, so that a codec's own read gives a valid value. */
class InventingReader extends Reader {
  readonly #random: Random;

  constructor(random: Random) {
    super(new Uint8Array());
    this.#random = random;
  }

  override get remaining(): number {
    return 0;
  }

  override u8(): number {
    return this.#random.pick(U8);
  }

  override u16(): number {
    return this.#random.pick(U16);
  }

  override i16(): number {
    return this.#random.below(0x10000) - 0x8000;
  }

  override u32(): number {
    return this.#random.pick(U32);
  }

  override u64(): bigint {
    return BigInt(this.#random.u32()) << BigInt(this.#random.below(33));
  }

  override bytes(length: number): Uint8Array {
    if (length > MAX_BYTES) throw new CodecError('CODEC_LENGTH_LIMIT', {found: length});
    return this.#random.bytes(length);
  }
}

const TRIES = 5000;

/** Valid encodings of a codec, by trying: a made-up type id or number may be refused. */
export function validEncodings<T>(codec: Codec<T>, count: number, random: Random): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let i = 0; i < TRIES && found.length < count; i++) {
    try {
      found.push(encode(codec, codec.read(new InventingReader(random))));
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
    }
  }
  return found;
}
