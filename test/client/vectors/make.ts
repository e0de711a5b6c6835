import {writeFileSync} from 'node:fs';
import {join as joinPath} from 'node:path';
import {sha256} from '@noble/hashes/sha2.js';
import {hex} from '../second-codec.ts';
import {
  cardByHand,
  receiptByHand,
  receiptsByHand,
  requestByHand,
  sealByHand,
} from '../second-seal.ts';
import {
  alice,
  bob,
  CHAIN_ID,
  chain,
  filled,
  NETWORK_ID,
  people,
  seeds,
  TIME_MS,
} from './fixtures.ts';
import {foldVectors} from './folds.ts';
import {neighbourVectors} from './neighbours.ts';
import {nodeFileVectors} from './node-files.ts';
import {overlayVectors} from './overlay.ts';
import {refusedVectors} from './refused.ts';
import {storedSetVectors} from './stored-sets.ts';

/**
 * Computes the vectors of SPEC.md §7, §13 and §15 to §17, deterministic, by the second implementation alone. Run by hand
 * when bytes change on purpose, with a line under *Wire and state* in CHANGELOG.md:
 * `scripts/with-node node test/client/vectors/make.ts`, then `scripts/with-node biome check --write test/client`
 */
const identities = seeds.map(({signingSeed, kemSeed}, i) => ({
  signingSeed: hex(signingSeed),
  kemSeed: hex(kemSeed),
  sessionId: hex(people[i]!.sessionId),
  kemPublicKeySha256: hex(sha256(people[i]!.kem.publicKey)),
  signingPublicKeySha256: hex(sha256(people[i]!.signing.publicKey)),
}));

const text = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value, 'utf8'));
const LETTERS = [
  {name: 'empty text', contentType: 0, content: text(''), size: 8192},
  {name: 'short text', contentType: 0, content: text('Hallo, Bob! 你好 👋'), size: 8192},
  {name: 'longest of the first size', contentType: 1, content: filled(621, 1), size: 8192},
  {name: 'shortest of the second size', contentType: 1, content: filled(622, 1), size: 16_384},
  {name: 'third size', contentType: 1, content: filled(25_197, 2), size: 32_768},
  {name: 'fourth size', contentType: 0, content: text('x'.repeat(30_000)), size: 65_536},
  {name: 'longest of all', contentType: 1, content: filled(69_229, 3), size: 76_800},
  {name: 'a larger size than needed', contentType: 0, content: text('roomy'), size: 16_384},
];

/** Longer values stand as their SHA-256: what leads to them is all there. */
const WHOLE_UP_TO = 8192;

export function sealedVectors(): unknown {
  const messages = LETTERS.map(({name, contentType, content, size}, i) => {
    const m = filled(32, 0xd0 + i);
    const timeMs = TIME_MS + BigInt(i);
    const letter = {...chain, recipient: bob, sender: alice, timeMs, contentType, content, size, m};
    const {sealed, plaintext, ...values} = sealByHand(letter);
    return {
      name,
      timeMs: timeMs.toString(),
      contentType,
      contentLength: content.length,
      ...(content.length <= 1024 ? {content: hex(content)} : {contentSha256: hex(sha256(content))}),
      size,
      m: hex(m),
      ...Object.fromEntries(Object.entries(values).map(([key, value]) => [key, hex(value)])),
      plaintextSha256: hex(sha256(plaintext)),
      sealedSha256: hex(sha256(sealed)),
      ...(sealed.length <= WHOLE_UP_TO ? {sealed: hex(sealed)} : {}),
    };
  });
  return {
    networkId: NETWORK_ID,
    chainId: hex(CHAIN_ID),
    identities,
    sender: 0,
    recipient: 1,
    messages,
  };
}

export function cardVectors(): unknown {
  const cards = [
    {name: undefined, timeMs: TIME_MS},
    {name: 'Alice', timeMs: TIME_MS + 1n},
    {name: 'Алиса из Зазеркалья 👩‍🔬', timeMs: (1n << 64n) - 1n},
  ].map((card) => {
    const {signed, signature, file} = cardByHand(alice, card);
    return {
      name: card.name ?? null,
      timeMs: card.timeMs.toString(),
      signedSha256: hex(sha256(signed)),
      signature: hex(signature),
      file: hex(file),
    };
  });
  return {identities: identities.slice(0, 1), cards};
}

export function requestVectors(): unknown {
  const requests = [2, 3, 4, 5].map((method) => {
    const request = {
      ...chain,
      method,
      nonce: filled(16, method),
      timeMs: TIME_MS + BigInt(method),
      params: filled(10 * method, 0x60),
    };
    const {claim, signature} = requestByHand(bob, request);
    return {
      method,
      nonce: hex(request.nonce),
      timeMs: request.timeMs.toString(),
      params: hex(request.params),
      claim: hex(claim),
      signature: hex(signature),
    };
  });
  return {
    networkId: NETWORK_ID,
    chainId: hex(CHAIN_ID),
    identities: identities.slice(1),
    requests,
  };
}

export function receiptVectors(): unknown {
  const maker = {...chain, nodeId: filled(20, 0x77)};
  const receipts = Array.from({length: 5}, (_, i) =>
    receiptByHand(maker, {
      swarmId: 3,
      swarmExponent: 2,
      epoch: 12n,
      account: bob.sessionId,
      namespace: i === 4 ? -1 : 0,
      id: filled(32, i),
      clockMs: TIME_MS + BigInt(i),
      counter: i,
      coordinator: filled(20, 0x99),
      expiryMs: TIME_MS + 86_400_000n,
    }),
  );
  const {batch, signature, signed} = receiptsByHand(alice, maker, receipts);
  return {
    networkId: NETWORK_ID,
    chainId: hex(CHAIN_ID),
    nodeId: hex(maker.nodeId),
    signingSeed: identities[0]!.signingSeed,
    receipts: receipts.map(hex),
    batch: hex(batch),
    signature: hex(signature),
    signed: signed.map(hex),
  };
}

export const VECTOR_FILES: Readonly<Record<string, () => unknown>> = {
  'sealed-messages.json': sealedVectors,
  'contact-cards.json': cardVectors,
  'owner-requests.json': requestVectors,
  'receipts.json': receiptVectors,
  'overlay.json': overlayVectors,
  'node-files.json': nodeFileVectors,
  'neighbours.json': neighbourVectors,
  'stored-sets.json': storedSetVectors,
  'folds.json': foldVectors,
  'refused.json': refusedVectors,
};

if (import.meta.main) {
  for (const [name, vectors] of Object.entries(VECTOR_FILES)) {
    const path = joinPath(import.meta.dirname, name);
    writeFileSync(path, `${JSON.stringify(vectors(), undefined, 2)}\n`);
  }
}
