import {xchacha20poly1305} from '@noble/ciphers/chacha.js';
import {blake2b} from '@noble/hashes/blake2.js';
import {sha256} from '@noble/hashes/sha2.js';
import {ml_dsa65} from '@noble/post-quantum/ml-dsa.js';
import {ml_kem768} from '@noble/post-quantum/ml-kem.js';

/**
 * SPEC.md §16 a second time, from its tables: nothing of src/, every byte placed by hand. With the
 * KEM's randomness given and ML-DSA deterministic, so that a seal can be computed again.
 */
const ascii = (text: string): Uint8Array => Buffer.from(text, 'ascii');
export const join = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(Buffer.concat(parts));

function bigEndian(bytes: number, value: number | bigint): Uint8Array {
  const digits = BigInt(value)
    .toString(16)
    .padStart(2 * bytes, '0');
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}
const u16 = (value: number): Uint8Array => bigEndian(2, value);
const u32 = (value: number): Uint8Array => bigEndian(4, value);
const u64 = (value: bigint): Uint8Array => bigEndian(8, value);

const tagged = (tag: string, ...parts: readonly Uint8Array[]): Uint8Array =>
  sha256(join(Uint8Array.of(tag.length), ascii(tag), ...parts));

export type Person = {
  readonly kem: {readonly publicKey: Uint8Array; readonly secretKey: Uint8Array};
  readonly signing: {readonly publicKey: Uint8Array; readonly secretKey: Uint8Array};
  readonly sessionId: Uint8Array;
};

export function personOf(signingSeed: Uint8Array, kemSeed: Uint8Array): Person {
  const [kem, signing] = [ml_kem768.keygen(kemSeed), ml_dsa65.keygen(signingSeed)];
  const id = blake2b(join(kem.publicKey, signing.publicKey), {dkLen: 32});
  return {kem, signing, sessionId: join(Uint8Array.of(0x07), id)};
}

export const signBy = (person: Person, context: string, message: Uint8Array): Uint8Array =>
  ml_dsa65.sign(message, person.signing.secretKey, {context: ascii(context), extraEntropy: false});

export type Letter = {
  readonly networkId: number;
  readonly chainId: Uint8Array;
  readonly recipient: Person;
  readonly sender: Person;
  readonly timeMs: bigint;
  /** 0 text, 1 bytes. */
  readonly contentType: number;
  readonly content: Uint8Array;
  /** Length of the whole message. */
  readonly size: number;
  /** 32 bytes: the m of FIPS 203. */
  readonly m: Uint8Array;
  /** What a cheat puts in instead: his plaintext, or the claim that he signs. */
  readonly cheat?: {
    plaintext?(honest: Uint8Array): Uint8Array;
    claim?(honest: Uint8Array): Uint8Array;
  };
};

export type Sealed = Readonly<
  Record<
    | 'kemCiphertext'
    | 'sharedSecret'
    | 'transcript'
    | 'key'
    | 'nonce'
    | 'header'
    | 'claim'
    | 'signature'
    | 'plaintext'
    | 'sealed',
    Uint8Array
  >
>;

/** Every value on the way to a sealed message. */
export function sealByHand(letter: Letter): Sealed {
  const {recipient, sender, cheat} = letter;
  const chain = join(u32(letter.networkId), letter.chainId);
  const {cipherText: kemCiphertext, sharedSecret} = ml_kem768.encapsulate(
    recipient.kem.publicKey,
    letter.m,
  );
  const kemHash = sha256(recipient.kem.publicKey);
  const transcript = join(kemCiphertext, recipient.sessionId, kemHash, chain);
  const key = tagged('lux/session/seal-key/v1', sharedSecret, transcript);
  const nonce = tagged('lux/session/seal-nonce/v1', sharedSecret, transcript).slice(0, 24);
  const header = join(u16(1), chain, recipient.sessionId, u32(letter.size));
  const content = join(u32(letter.contentType), u32(letter.content.length), letter.content);
  const honestClaim = join(
    join(chain, recipient.sessionId, kemHash, sha256(kemCiphertext)),
    join(sender.sessionId, u64(letter.timeMs), sha256(content)),
  );
  const claim = cheat?.claim?.(honestClaim) ?? honestClaim;
  const signature = signBy(sender, 'lux-session-seal-v1', claim);
  const body = join(
    join(sender.kem.publicKey, sender.signing.publicKey, u64(letter.timeMs)),
    join(content, signature),
  );
  const boxBytes = letter.size - 2 - kemCiphertext.length - 4;
  const honest = join(body, new Uint8Array(Math.max(0, boxBytes - 16 - body.length)));
  const plaintext = cheat?.plaintext?.(honest) ?? honest;
  const box = xchacha20poly1305(key, nonce, header).encrypt(plaintext);
  const sealed = join(u16(1), kemCiphertext, u32(box.length), box);
  const values = {kemCiphertext, sharedSecret, transcript, key, nonce, header, claim};
  return {...values, signature, plaintext, sealed};
}

/** The plaintext of a sealed message, by the same tables. @throws when the box does not open */
export function openByHand(
  sealed: Uint8Array,
  {networkId, chainId, recipient}: Pick<Letter, 'networkId' | 'chainId' | 'recipient'>,
): Uint8Array {
  const kemCiphertext = sealed.slice(2, 1090);
  const sharedSecret = ml_kem768.decapsulate(kemCiphertext, recipient.kem.secretKey);
  const chain = join(u32(networkId), chainId);
  const kemHash = sha256(recipient.kem.publicKey);
  const transcript = join(kemCiphertext, recipient.sessionId, kemHash, chain);
  const key = tagged('lux/session/seal-key/v1', sharedSecret, transcript);
  const nonce = tagged('lux/session/seal-nonce/v1', sharedSecret, transcript).slice(0, 24);
  const header = join(u16(1), chain, recipient.sessionId, u32(sealed.length));
  return xchacha20poly1305(key, nonce, header).decrypt(sealed.slice(1094));
}

/** What the owner signs, and the whole card. */
export function cardByHand(
  person: Person,
  {name, timeMs}: {readonly name: string | undefined; readonly timeMs: bigint},
): {readonly signed: Uint8Array; readonly signature: Uint8Array; readonly file: Uint8Array} {
  const text = Buffer.from(name ?? '', 'utf8');
  const named =
    name === undefined ? Uint8Array.of(0) : join(Uint8Array.of(1), u32(text.length), text);
  const keys = join(person.kem.publicKey, person.signing.publicKey);
  const signed = join(u16(1), keys, named, u64(timeMs));
  const signature = signBy(person, 'lux-session-card-v1', signed);
  return {signed, signature, file: join(ascii('sessionvm contact card '), signed, signature)};
}

export type Request = {
  readonly networkId: number;
  readonly chainId: Uint8Array;
  readonly method: number;
  readonly nonce: Uint8Array;
  readonly timeMs: bigint;
  readonly params: Uint8Array;
};

/** OwnerClaim of §15.5 and its signature. */
export function requestByHand(
  owner: Person,
  {networkId, chainId, method, nonce, timeMs, params}: Request,
): {readonly claim: Uint8Array; readonly signature: Uint8Array} {
  const digest = tagged('lux/session/request/v1', params);
  const claim = join(
    join(u32(networkId), chainId, Uint8Array.of(method), owner.sessionId),
    join(nonce, u64(timeMs), digest),
  );
  return {claim, signature: signBy(owner, 'lux-session-request-v1', claim)};
}

const leafOf = (leaf: Uint8Array): Uint8Array => tagged('lux/session/merkle-leaf/v1', leaf);
const nodeOf = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  tagged('lux/session/merkle-node/v1', left, right);

/** RFC 6962 §2.1 and §2.1.1, word by word. */
export function rootByHand(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (leaves.length === 1 && first !== undefined) return leafOf(first);
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return nodeOf(rootByHand(leaves.slice(0, split)), rootByHand(leaves.slice(split)));
}

function pathByHand(leaves: readonly Uint8Array[], index: number): readonly Uint8Array[] {
  if (leaves.length === 1) return [];
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  const [low, high] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...pathByHand(low, index), rootByHand(high)]
    : [...pathByHand(high, index - split), rootByHand(low)];
}

/** The batch that a node signs over these encoded receipts, and every signed receipt. */
export function receiptsByHand(
  node: Person,
  maker: {readonly networkId: number; readonly chainId: Uint8Array; readonly nodeId: Uint8Array},
  receipts: readonly Uint8Array[],
): {
  readonly batch: Uint8Array;
  readonly signature: Uint8Array;
  readonly signed: readonly Uint8Array[];
} {
  const count = u16(receipts.length);
  const root = rootByHand(receipts);
  const batch = join(u32(maker.networkId), maker.chainId, maker.nodeId, root, count);
  const signature = signBy(node, 'lux-session-receipt-v1', batch);
  const signed = receipts.map((receipt, index) => {
    const path = pathByHand(receipts, index);
    return join(receipt, u16(index), count, u32(path.length), ...path, signature);
  });
  return {batch, signature, signed};
}

export type ReceiptFields = {
  readonly swarmId: number;
  readonly swarmExponent: number;
  readonly epoch: bigint;
  readonly account: Uint8Array;
  readonly namespace: number;
  readonly id: Uint8Array;
  readonly clockMs: bigint;
  readonly counter: number;
  readonly coordinator: Uint8Array;
  readonly expiryMs: bigint;
};

export function receiptByHand(
  maker: {readonly networkId: number; readonly chainId: Uint8Array; readonly nodeId: Uint8Array},
  fields: ReceiptFields,
): Uint8Array {
  return join(
    join(u32(maker.networkId), maker.chainId, maker.nodeId, u32(fields.swarmId)),
    join(Uint8Array.of(fields.swarmExponent), u64(fields.epoch), fields.account),
    join(u16(fields.namespace & 0xffff), fields.id, u64(fields.clockMs), u16(fields.counter)),
    join(fields.coordinator, u64(fields.expiryMs)),
  );
}
