import {nobleBlake3} from '../../src/crypto/blake3-noble.ts';
import {createWasmBlake3} from '../../src/crypto/blake3-wasm.ts';
import {blake3DeriveKey} from '../../src/crypto/hash.ts';
import {asciiBytes} from '../../src/protocol/bytes.ts';
import {isHex, Tally} from './tally.ts';

type Blake3File = {
  readonly key: string;
  readonly context_string: string;
  readonly cases: readonly {
    readonly input_len: number;
    readonly hash: string;
    readonly keyed_hash: string;
    readonly derive_key: string;
  }[];
};

/** The vectors give 131 bytes of each output; ours are its first 32. */
const first32 = (hex: string): string => hex.slice(0, 64);

/** Each case has three modes; the input is 0, 1 … 250, 0, 1 … by the file's own comment. */
export async function blake3Vectors(text: string): Promise<Tally> {
  const file: Blake3File = JSON.parse(text);
  const tally = new Tally();
  const wasm = await createWasmBlake3();
  const key = asciiBytes(file.key);
  for (const {input_len: length, hash, keyed_hash, derive_key} of file.cases) {
    tally.beginCase();
    const input = Uint8Array.from({length}, (_, i) => i % 251);
    for (const twin of [wasm, nobleBlake3]) {
      await tally.check(`${twin.name} hash`, length, () => isHex(twin.hash(input), first32(hash)));
      await tally.check(`${twin.name} keyed`, length, () => {
        const hasher = twin.createKeyed(key);
        for (let start = 0; start < length; start += 777) {
          hasher.update(input.subarray(start, start + 777));
        }
        return isHex(hasher.digest(), first32(keyed_hash));
      });
    }
    tally.leaveOut('wasm', 'no derive-key mode');
    await tally.check('noble derive-key', length, () =>
      isHex(blake3DeriveKey(file.context_string, input), first32(derive_key)),
    );
  }
  return tally;
}
