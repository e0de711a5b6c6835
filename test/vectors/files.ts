import {aeadVectors} from './aead.ts';
import {blake3Vectors} from './blake3.ts';
import {signExpandedVectors, signSeedVectors, verifyVectors} from './ml-dsa.ts';
import {
  decapsulateExpandedVectors,
  decapsulateVectors,
  encapsulateVectors,
  keygenVectors,
} from './ml-kem.ts';
import type {Counts, Tally} from './tally.ts';

type KnownFile = {
  readonly run: (text: string) => Promise<Tally>;
  /** Exactly what must come of it: a case that nobody runs any more is a failure. */
  readonly expected: Counts;
};

export const FILES: Readonly<Record<string, KnownFile>> = {
  'blake3_test_vectors.json': {
    run: blake3Vectors,
    expected: {
      cases: 35,
      passed: {
        'wasm hash': 35,
        'wasm keyed': 35,
        'noble hash': 35,
        'noble keyed': 35,
        'noble derive-key': 35,
      },
      leftOut: {'wasm: no derive-key mode': 35},
    },
  },
  'mldsa_65_sign_noseed_test.json': {
    run: signExpandedVectors,
    expected: {
      cases: 78,
      passed: {native: 67, noble: 68},
      leftOut: {'native: mu only': 10, 'noble: mu only': 10, 'native: fixed rnd': 1},
    },
  },
  'mldsa_65_sign_seed_test.json': {
    run: signSeedVectors,
    expected: {
      cases: 105,
      passed: {native: 87, noble: 88},
      leftOut: {'native: mu only': 17, 'noble: mu only': 17, 'native: fixed rnd': 1},
    },
  },
  'mldsa_65_verify_test.json': {
    run: verifyVectors,
    expected: {
      cases: 210,
      passed: {native: 210, 'native async': 210, noble: 210, 'noble async': 210},
      leftOut: {},
    },
  },
  'mlkem_768_encaps_test.json': {
    run: encapsulateVectors,
    expected: {
      cases: 265,
      passed: {native: 132, noble: 265},
      leftOut: {'native: fixed m': 133},
    },
  },
  'mlkem_768_keygen_seed_test.json': {
    run: keygenVectors,
    expected: {cases: 100, passed: {native: 100, noble: 100}, leftOut: {}},
  },
  'mlkem_768_semi_expanded_decaps_test.json': {
    run: decapsulateExpandedVectors,
    expected: {cases: 9, passed: {native: 9, noble: 9}, leftOut: {}},
  },
  'mlkem_768_test.json': {
    run: decapsulateVectors,
    expected: {cases: 193, passed: {native: 193, noble: 193}, leftOut: {}},
  },
  'xchacha20_poly1305_test.json': {
    run: aeadVectors,
    expected: {
      cases: 315,
      passed: {native: 306, noble: 306, seam: 315},
      leftOut: {'native: nonce length': 9, 'noble: nonce length': 9},
    },
  },
};
