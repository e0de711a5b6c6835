import {beforeAll, describe, expect, it} from 'vitest';
import {initCrypto} from '../../src/crypto/init.ts';
import {DECODERS} from './decoders.ts';
import {mutate} from './mutate.ts';
import {Random} from './random.ts';

const INPUTS = 10_000;
const MAX_RANDOM_BYTES = 600;
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 0x7fffffff);

beforeAll(async () => {
  await initCrypto();
  console.log(`FUZZ_SEED=${seed}`);
});

describe('every decoder, on hostile input', () => {
  it.each(DECODERS.map((decoder) => [decoder.name, decoder] as const))(
    '%s raises nothing but its coded error',
    async (_name, decoder) => {
      const random = new Random(seed);
      const valid = decoder.valid(random);
      expect(valid.length).toBeGreaterThan(0);
      for (const input of valid) expect(await decoder.run(input)).not.toBe('first');
      let beyond = 0;
      for (let i = 0; i < INPUTS; i++) {
        const isMutation = i % 2 === 0;
        const input = isMutation
          ? mutate(random.pick(valid), random)
          : random.bytes(random.below(MAX_RANDOM_BYTES));
        const depth = await decoder.run(input);
        if (isMutation && depth !== 'first') beyond += 1;
      }
      expect(beyond).toBeGreaterThan(INPUTS / 100);
    },
    60_000,
  );
});
