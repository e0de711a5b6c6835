import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {readContactCard} from '../../src/client/contact-card.ts';
import {openSealed} from '../../src/client/seal.ts';
import {deriveSealKeys, sealHeaderBytes, sealPlaceOf} from '../../src/client/seal-keys.ts';
import {sessionIdentityOf} from '../../src/client/session-identity.ts';
import {sha256} from '../../src/crypto/hash.ts';
import {createSigner, verifySignature} from '../../src/crypto/ml-dsa.ts';
import {nobleEncapsulate} from '../../src/crypto/ml-kem-noble.ts';
import {ownerClaimBytes} from '../../src/crypto/owner-claim.ts';
import {signReceipts, verifyReceipt} from '../../src/crypto/receipts.ts';
import {
  bytesToHex,
  hexToBytes,
  toChainId,
  toKemSeed,
  toNodeId,
  toSignature,
  toSigningSeed,
} from '../../src/protocol/bytes.ts';
import {type Codec, decode, encode} from '../../src/protocol/codec.ts';
import {SIGNATURE_CONTEXT} from '../../src/protocol/domains.ts';
import {SignedContactCard} from '../../src/protocol/overlay/contact-card.ts';
import {OwnerClaim, toRequestNonce} from '../../src/protocol/overlay/owner-auth.ts';
import {Receipt, SignedReceipt} from '../../src/protocol/overlay/receipt.ts';
import {MessageContent, SealClaim} from '../../src/protocol/overlay/sealed-message.ts';
import {personOf, sealByHand} from './second-seal.ts';
import cards from './vectors/contact-cards.json' with {type: 'json'};
import {VECTOR_FILES} from './vectors/make.ts';
import requests from './vectors/owner-requests.json' with {type: 'json'};
import receipts from './vectors/receipts.json' with {type: 'json'};
import seals from './vectors/sealed-messages.json' with {type: 'json'};

type Seeds = {readonly signingSeed: string; readonly kemSeed: string};

const identityFrom = ({signingSeed, kemSeed}: Seeds) =>
  sessionIdentityOf({
    kind: 'session',
    signingSeed: toSigningSeed(hexToBytes(signingSeed)),
    kemSeed: toKemSeed(hexToBytes(kemSeed)),
  });
const personFrom = ({signingSeed, kemSeed}: Seeds) =>
  personOf(hexToBytes(signingSeed), hexToBytes(kemSeed));
const chainOf = ({networkId, chainId}: {readonly networkId: number; readonly chainId: string}) => ({
  networkId,
  chainId: toChainId(hexToBytes(chainId)),
});

it.each(Object.entries(VECTOR_FILES))('%s is what its maker computes', (name, make) => {
  const file = readFileSync(join(import.meta.dirname, 'vectors', name), 'utf8');
  expect(JSON.parse(file)).toEqual(make());
});

describe('vectors of sealed messages', () => {
  const chain = chainOf(seals);
  const [alice, bob] = seals.identities.map(identityFrom) as [
    ReturnType<typeof identityFrom>,
    ReturnType<typeof identityFrom>,
  ];
  const place = sealPlaceOf(chain, bob.sessionId, bob.keys);

  it('have the ids and keys of their seeds', () => {
    expect([alice, bob].map(({sessionId}) => bytesToHex(sessionId))).toEqual(
      seals.identities.map(({sessionId}) => sessionId),
    );
    expect(bytesToHex(sha256(bob.keys.kem))).toBe(seals.identities[1]!.kemPublicKeySha256);
    expect(bytesToHex(sha256(alice.keys.signing))).toBe(
      seals.identities[0]!.signingPublicKeySha256,
    );
    expect(seals.messages.length).toBeGreaterThan(5);
  });

  it.each(seals.messages)('$name: key schedule, associated data and claim', (vector) => {
    const {ciphertext, sharedSecret} = nobleEncapsulate(bob.keys.kem, hexToBytes(vector.m));
    expect(bytesToHex(ciphertext)).toBe(vector.kemCiphertext);
    expect(bytesToHex(sharedSecret)).toBe(vector.sharedSecret);
    expect(bytesToHex(bob.kemKey.decapsulate(ciphertext))).toBe(vector.sharedSecret);
    const {key, nonce} = deriveSealKeys(sharedSecret, ciphertext, place);
    expect(bytesToHex(key)).toBe(vector.key);
    expect(bytesToHex(nonce)).toBe(vector.nonce);
    expect(bytesToHex(sealHeaderBytes(place, vector.size))).toBe(vector.header);
    const claim = decode(SealClaim, hexToBytes(vector.claim));
    expect(claim).toMatchObject({...place, sender: alice.sessionId});
    const isSigned = verifySignature({
      publicKey: alice.keys.signing,
      context: SIGNATURE_CONTEXT.seal,
      message: hexToBytes(vector.claim),
      signature: toSignature(hexToBytes(vector.signature)),
    });
    expect(isSigned).toBe(true);
  });

  it.each(seals.messages)('$name: opens to sender, time and content', (vector) => {
    const {sealed} = remake(vector);
    expect(bytesToHex(sha256(sealed))).toBe(vector.sealedSha256);
    if (vector.sealed !== undefined) expect(bytesToHex(sealed)).toBe(vector.sealed);
    expect(sealed.length).toBe(vector.size);
    const opened = openSealed(sealed, {chain, recipient: bob});
    expect(opened.sender).toEqual(alice.sessionId);
    expect(opened.senderKeys).toEqual(alice.keys);
    expect(opened.timeMs).toBe(BigInt(vector.timeMs));
    expect(opened.content.type).toBe(vector.contentType === 0 ? 'text' : 'bytes');
    const content = encode(MessageContent, opened.content).subarray(8);
    expect(content.length).toBe(vector.contentLength);
    if (vector.content !== undefined) expect(bytesToHex(content)).toBe(vector.content);
    else expect(bytesToHex(sha256(content))).toBe(vector.contentSha256);
  });

  /** Whole messages stand for the smallest size alone; the plaintext of others is made again. */
  function remake(vector: (typeof seals.messages)[number]) {
    const [sender, recipient] = seals.identities.map(personFrom);
    const content = contentOf(vector);
    return sealByHand({
      ...chain,
      recipient: recipient!,
      sender: sender!,
      timeMs: BigInt(vector.timeMs),
      contentType: vector.contentType,
      content,
      size: vector.size,
      m: hexToBytes(vector.m),
    });
  }

  /** Long contents are one run of counting bytes, or of the letter x. */
  function contentOf({content, contentSha256, contentLength}: (typeof seals.messages)[number]) {
    if (content !== undefined) return hexToBytes(content);
    const runs = [0, 1, 2, 3].map((first) =>
      Uint8Array.from({length: contentLength}, (_, i) => (first + i) & 0xff),
    );
    const found = [...runs, new Uint8Array(contentLength).fill(0x78)].find(
      (run) => bytesToHex(sha256(run)) === contentSha256,
    );
    expect(found).toBeDefined();
    return found!;
  }
});

it.each(cards.cards)(
  'vector of a contact card named $name',
  ({name, timeMs, signedSha256, file}) => {
    const [alice] = cards.identities.map(identityFrom);
    const bytes = hexToBytes(file);
    const nowMs = BigInt(timeMs);
    const contact = readContactCard(bytes, {nowMs, expected: alice!.sessionId});
    expect(contact).toEqual({
      sessionId: alice!.sessionId,
      keys: alice!.keys,
      name: name ?? undefined,
      timeMs: nowMs,
    });
    expect(encode(SignedContactCard, decode(SignedContactCard, bytes))).toEqual(bytes);
    expect(bytesToHex(sha256(bytes.slice(23, -3309)))).toBe(signedSha256);
  },
);

/** The vectors' parameters are any bytes: what a method's codec makes of them is not their matter. */
const anyParams: Codec<Uint8Array> = {
  name: 'parameters',
  maxSize: 1000,
  read: (from) => from.bytes(from.remaining),
  write: (to, value) => to.bytes(value),
};

it.each(requests.requests)('vector of an owner’s request, method $method', (vector) => {
  const [bob] = requests.identities.map(identityFrom);
  const {method} = decode(OwnerClaim, hexToBytes(vector.claim));
  expect(method).toBe(vector.method);
  const request = {
    chain: chainOf(requests),
    method,
    account: bob!.sessionId,
    codec: anyParams,
    params: hexToBytes(vector.params),
  };
  const nonce = toRequestNonce(hexToBytes(vector.nonce));
  const message = ownerClaimBytes(request, {nonce, timeMs: BigInt(vector.timeMs)});
  expect(bytesToHex(message)).toBe(vector.claim);
  const isSigned = verifySignature({
    publicKey: bob!.keys.signing,
    context: SIGNATURE_CONTEXT.request,
    message,
    signature: toSignature(hexToBytes(vector.signature)),
  });
  expect(isSigned).toBe(true);
});

it('vectors of receipts: bytes, root, paths and signature', async () => {
  const signer = createSigner(toSigningSeed(hexToBytes(receipts.signingSeed)));
  const maker = {...chainOf(receipts), nodeId: toNodeId(hexToBytes(receipts.nodeId))};
  const batch = receipts.receipts.map((bytes) => decode(Receipt, hexToBytes(bytes)));
  const own = await signReceipts(signer, maker, batch);
  expect(own.length).toBeGreaterThan(4);
  for (const [i, bytes] of receipts.signed.entries()) {
    const signed = decode(SignedReceipt, hexToBytes(bytes));
    expect(bytesToHex(signed.signature)).toBe(receipts.signature);
    expect(await verifyReceipt(signed, signer.publicKey)).toBe(true);
    // Our own differ in the hedged signature alone.
    expect({...own[i], signature: signed.signature}).toEqual(signed);
  }
  const isSigned = verifySignature({
    publicKey: signer.publicKey,
    context: SIGNATURE_CONTEXT.receipt,
    message: hexToBytes(receipts.batch),
    signature: toSignature(hexToBytes(receipts.signature)),
  });
  expect(isSigned).toBe(true);
});
