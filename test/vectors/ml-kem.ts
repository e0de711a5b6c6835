import {nativeMlKem} from '../../src/crypto/ml-kem-native.ts';
import {nobleEncapsulate, nobleMlKem} from '../../src/crypto/ml-kem-noble.ts';
import {hexToBytes, toKemCiphertext, toKemPublicKey, toKemSeed} from '../../src/protocol/bytes.ts';
import {nativeDecapsulateExpanded, nobleDecapsulateExpanded} from './expanded-keys.ts';
import {isHex, isRefused} from './tally.ts';
import {type VectorCase, wycheproof} from './wycheproof.ts';

const TWINS = [['native', nativeMlKem] as const, ['noble', nobleMlKem] as const];

type EncapsulateCase = VectorCase & {
  readonly m: string;
  readonly ek: string;
  readonly c: string;
  readonly K: string;
};

export const encapsulateVectors = wycheproof<object, EncapsulateCase>(
  async (tally, {tcId, m, ek, c, K, result}) => {
    const key = hexToBytes(ek);
    if (result === 'invalid') {
      for (const [name, {encapsulate}] of TWINS) {
        await tally.check(name, tcId, () => isRefused(() => encapsulate(toKemPublicKey(key))));
      }
      return;
    }
    tally.leaveOut('native', 'fixed m');
    await tally.check('noble', tcId, () => {
      const {ciphertext, sharedSecret} = nobleEncapsulate(toKemPublicKey(key), hexToBytes(m));
      return isHex(ciphertext, c) && isHex(sharedSecret, K);
    });
  },
);

type KeygenCase = VectorCase & {readonly seed: string; readonly ek: string};

export const keygenVectors = wycheproof<object, KeygenCase>(async (tally, {tcId, seed, ek}) => {
  for (const [name, {createKey}] of TWINS) {
    await tally.check(name, tcId, () =>
      isHex(createKey(toKemSeed(hexToBytes(seed))).publicKey, ek),
    );
  }
});

type DecapsulateCase = VectorCase & {
  readonly seed: string;
  readonly ek?: string;
  readonly c: string;
  readonly K: string;
};

export const decapsulateVectors = wycheproof<object, DecapsulateCase>(
  async (tally, {tcId, seed, ek, c, K, result}) => {
    for (const [name, {createKey}] of TWINS) {
      const keyOf = () => createKey(toKemSeed(hexToBytes(seed)));
      const open = () => keyOf().decapsulate(toKemCiphertext(hexToBytes(c)));
      await tally.check(name, tcId, () =>
        result === 'invalid'
          ? isRefused(open)
          : isHex(open(), K) && ek !== undefined && isHex(keyOf().publicKey, ek),
      );
    }
  },
);

type ExpandedCase = VectorCase & {readonly dk: string; readonly c: string; readonly K?: string};

export const decapsulateExpandedVectors = wycheproof<object, ExpandedCase>(
  async (tally, {tcId, dk, c, K, result}) => {
    for (const [name, decapsulate] of [
      ['native', nativeDecapsulateExpanded] as const,
      ['noble', nobleDecapsulateExpanded] as const,
    ]) {
      const open = () => decapsulate(hexToBytes(dk), hexToBytes(c));
      await tally.check(name, tcId, () =>
        result === 'invalid' ? isRefused(open) : K !== undefined && isHex(open(), K),
      );
    }
  },
);
