import {nativeMlDsa} from '../../src/crypto/ml-dsa-native.ts';
import {createNobleSigner, nobleMlDsa} from '../../src/crypto/ml-dsa-noble.ts';
import type {RawSignatureClaim} from '../../src/crypto/suite.ts';
import {
  hexToBytes,
  type Signature,
  type SigningPublicKey,
  toSigningSeed,
} from '../../src/protocol/bytes.ts';
import {nativeSignExpanded, nobleSignExpanded} from './expanded-keys.ts';
import {isHex, isRefused, type Tally} from './tally.ts';
import {type VectorCase, wycheproof} from './wycheproof.ts';

type SignCase = VectorCase & {
  readonly msg?: string;
  readonly ctx?: string;
  readonly rnd?: string;
  readonly sig: string;
};
type VerifyCase = SignCase & {readonly msg: string};
type SeedGroup = {readonly publicKey: string | null; readonly privateSeed: string};
type ExpandedGroup = {readonly publicKey: string | null; readonly privateKey: string};

/** Unbranded on purpose: keys and signatures of any length must come to nothing in the twins. */
function claimOf(publicKey: string | null, {msg = '', ctx = ''}: SignCase, signature: Uint8Array) {
  return {
    publicKey: hexToBytes(publicKey ?? '') as SigningPublicKey,
    context: hexToBytes(ctx),
    message: hexToBytes(msg),
    signature: signature as Signature,
  } satisfies RawSignatureClaim;
}

const isRefusedAsync = (run: () => Promise<boolean>): Promise<boolean> =>
  Promise.resolve()
    .then(run)
    .then(
      (answer) => !answer,
      () => true,
    );

/** Sync and async, native and noble. */
export const verifyVectors = wycheproof<{readonly publicKey: string}, VerifyCase>(
  async (tally, vector, {publicKey}) => {
    const claim = claimOf(publicKey, vector, hexToBytes(vector.sig));
    const isValid = vector.result === 'valid';
    for (const [name, twin] of [['native', nativeMlDsa] as const, ['noble', nobleMlDsa] as const]) {
      await tally.check(name, vector.tcId, () =>
        isValid ? twin.verify(claim) : isRefused(() => twin.verify(claim)),
      );
      await tally.check(`${name} async`, vector.tcId, () =>
        isValid ? twin.verifyAsync(claim) : isRefusedAsync(() => twin.verifyAsync(claim)),
      );
    }
  },
);

type Making = {
  /** Signs as the implementation does: hedged natively, with the given entropy in noble. */
  readonly native: (message: Uint8Array, context: Uint8Array) => Uint8Array;
  readonly noble: (
    message: Uint8Array,
    context: Uint8Array,
    entropy: Uint8Array | false,
  ) => Uint8Array;
};

/**
 * noble without hedging must give the file's signature. A native one is hedged, so noble must accept
 * it, and native must accept the file's.
 */
async function signCase(
  tally: Tally,
  vector: SignCase,
  {publicKey, native, noble}: Making & {readonly publicKey: string | null},
): Promise<void> {
  const {tcId, msg, ctx = '', rnd, sig, result} = vector;
  if (msg === undefined) {
    tally.leaveOut('native', 'mu only');
    tally.leaveOut('noble', 'mu only');
    return;
  }
  const [message, context] = [hexToBytes(msg), hexToBytes(ctx)];
  if (result === 'invalid') {
    await tally.check('native', tcId, () => isRefused(() => native(message, context)));
    await tally.check('noble', tcId, () => isRefused(() => noble(message, context, false)));
    return;
  }
  await tally.check('noble', tcId, () =>
    isHex(noble(message, context, rnd === undefined ? false : hexToBytes(rnd)), sig),
  );
  if (rnd !== undefined) {
    tally.leaveOut('native', 'fixed rnd');
    return;
  }
  await tally.check(
    'native',
    tcId,
    () =>
      nobleMlDsa.verify(claimOf(publicKey, vector, native(message, context))) &&
      nativeMlDsa.verify(claimOf(publicKey, vector, hexToBytes(sig))),
  );
}

function assertPublicKey(publicKey: string | null, found: SigningPublicKey): void {
  if (publicKey !== null && !isHex(found, publicKey)) throw new Error('another public key');
}

export const signSeedVectors = wycheproof<SeedGroup, SignCase>(
  (tally, vector, {publicKey, privateSeed}) => {
    const seed = hexToBytes(privateSeed);
    return signCase(tally, vector, {
      publicKey,
      native(message, context) {
        const signer = nativeMlDsa.createSigner(toSigningSeed(seed));
        assertPublicKey(publicKey, signer.publicKey);
        return signer.sign(context, message);
      },
      noble(message, context, entropy) {
        const signer = createNobleSigner(toSigningSeed(seed), entropy);
        assertPublicKey(publicKey, signer.publicKey);
        return signer.sign(context, message);
      },
    });
  },
);

export const signExpandedVectors = wycheproof<ExpandedGroup, SignCase>(
  (tally, vector, {publicKey, privateKey}) => {
    const secretKey = hexToBytes(privateKey);
    return signCase(tally, vector, {
      publicKey,
      native: (message, context) => nativeSignExpanded(secretKey, message, context),
      noble: (message, context, extraEntropy) =>
        nobleSignExpanded(secretKey, message, {context, extraEntropy}),
    });
  },
);
