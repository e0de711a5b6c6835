import {createBLAKE3} from 'hash-wasm';
import {equalBytes, type Hash, toHash} from '../protocol/bytes.ts';
import {InvariantError} from '../protocol/errors.ts';
import type {Blake3, KeyedBlake3} from './blake3.ts';
import {nobleBlake3} from './blake3-noble.ts';

type WasmHasher = Awaited<ReturnType<typeof createBLAKE3>>;

/** One keyed computation. Its state lies in the shared hasher, or in `saved` while another runs. */
class KeyedStream implements KeyedBlake3 {
  readonly #machine: SharedMachine;
  saved: Uint8Array | undefined;
  #isDone = false;

  constructor(machine: SharedMachine) {
    this.#machine = machine;
  }

  update(chunk: Uint8Array): void {
    this.#assertOpen();
    this.#machine.take(this).update(chunk);
  }

  digest(): Hash {
    this.#assertOpen();
    this.#isDone = true;
    return this.#machine.finish(this);
  }

  #assertOpen(): void {
    if (this.#isDone) throw new InvariantError('BLAKE3 stream used after its digest');
  }
}

/** One WebAssembly hasher that many streams use in turns; its state is swapped only on a change. */
class SharedMachine {
  readonly #hasher: WasmHasher;
  readonly #key: Uint8Array;
  #owner: KeyedStream | undefined;

  constructor(hasher: WasmHasher, key: Uint8Array) {
    this.#hasher = hasher;
    this.#key = key;
  }

  start(key: Uint8Array): KeyedStream {
    this.#release();
    this.#key.set(key);
    this.#hasher.init();
    this.#key.fill(0);
    this.#owner = new KeyedStream(this);
    return this.#owner;
  }

  take(stream: KeyedStream): WasmHasher {
    if (this.#owner === stream) return this.#hasher;
    this.#release();
    if (stream.saved === undefined) throw new InvariantError('BLAKE3 stream lost its state');
    this.#hasher.load(stream.saved);
    stream.saved = undefined;
    this.#owner = stream;
    return this.#hasher;
  }

  finish(stream: KeyedStream): Hash {
    const digest = this.take(stream).digest('binary');
    this.#owner = undefined;
    return toHash(digest);
  }

  #release(): void {
    if (this.#owner !== undefined) this.#owner.saved = this.#hasher.save();
    this.#owner = undefined;
  }
}

/** hash-wasm takes the key once, but reads it at each `init`: this keeps relying on it honest. */
function assertRekeys({createKeyed}: Blake3): void {
  for (const fill of [1, 2]) {
    const key = new Uint8Array(32).fill(fill);
    const digest = createKeyed(key).digest();
    if (!equalBytes(digest, nobleBlake3.createKeyed(key).digest())) {
      throw new InvariantError('hash-wasm ignores a changed BLAKE3 key');
    }
  }
}

/** BLAKE3 of hash-wasm: ten times as fast as noble's. */
export async function createWasmBlake3(): Promise<Blake3> {
  const plain = await createBLAKE3();
  const key = new Uint8Array(32);
  const machine = new SharedMachine(await createBLAKE3(256, key), key);
  const wasm: Blake3 = {
    name: 'wasm',
    hash: (data) => toHash(plain.init().update(data).digest('binary')),
    createKeyed: (streamKey) => machine.start(streamKey),
  };
  assertRekeys(wasm);
  return wasm;
}
