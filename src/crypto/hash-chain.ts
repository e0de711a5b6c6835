import {type Hash, toHash} from '../protocol/bytes.ts';
import {HASH_CHAIN_STEPS} from '../protocol/chain/limits.ts';
import {InvariantError} from '../protocol/errors.ts';
import {sha256} from './hash.ts';

export type HashChain = {
  readonly steps: number;
  /** The value after all steps: what is registered. */
  readonly tip: Hash;
  /**
   * Value after `position` steps from the seed, 0 … steps; it is the preimage of the value at
   * `position + 1`. Position 0 is the seed.
   */
  preimage(position: number): Hash;
};

/** SHA-256 applied `steps` times to a 32-byte seed. 2^17 steps take about 60 ms. */
export function hashChainTip(seed: Uint8Array, steps: number = HASH_CHAIN_STEPS): Hash {
  let value = toHash(seed);
  for (let step = 0; step < steps; step++) value = sha256(value);
  return value;
}

/** `count` values in a row, the given one first. */
function runFrom(first: Hash, count: number): Hash[] {
  const run = [first];
  for (let value = first; run.length < count; ) {
    value = sha256(value);
    run.push(value);
  }
  return run;
}

/**
 * A chain that can be walked backwards. It keeps every √steps-th value and one run between two of
 * them (23 KiB each for 2^17 steps), so walking costs one hash a step on average.
 * The seed must stay secret: it yields every reveal to come.
 */
export function createHashChain(
  seed: Uint8Array,
  {steps = HASH_CHAIN_STEPS}: {readonly steps?: number} = {},
): HashChain {
  const stride = Math.max(1, Math.ceil(Math.sqrt(steps)));
  const checkpoints: Hash[] = [];
  let value = toHash(seed.slice());
  for (let position = 0; position <= steps; position++) {
    if (position > 0) value = sha256(value);
    if (position % stride === 0) checkpoints.push(value);
  }
  let run: readonly Hash[] = [];
  let runIndex = -1;
  return {
    steps,
    tip: value,
    preimage(position) {
      const index = Math.floor(position / stride);
      const checkpoint = checkpoints[index];
      if (!Number.isSafeInteger(position) || position > steps || checkpoint === undefined) {
        throw new InvariantError('no such position of the hash chain', {position, steps});
      }
      if (index !== runIndex) {
        run = runFrom(checkpoint, stride);
        runIndex = index;
      }
      return run[position % stride] ?? checkpoint;
    },
  };
}
