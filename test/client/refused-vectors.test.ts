import {expect, it} from 'vitest';
import {ReaderRecord} from '../../src/client/reader-state.ts';
import {createReceiptVerifier, verifyReceipt} from '../../src/crypto/receipts.ts';
import {verifyPeerRecord} from '../../src/network/peer-records.ts';
import {
  bytesToHex,
  concatBytes,
  hexToBytes,
  toChainId,
  toSigningPublicKey,
} from '../../src/protocol/bytes.ts';
import {type Codec, decode, encode, u32} from '../../src/protocol/codec.ts';
import {ClientAnswer, ClientRequest} from '../../src/protocol/overlay/client-protocol.ts';
import {SignedContactCard} from '../../src/protocol/overlay/contact-card.ts';
import {Frame} from '../../src/protocol/overlay/frame.ts';
import {MemberRequest} from '../../src/protocol/overlay/member-protocol.ts';
import {SignedPeerRecord} from '../../src/protocol/overlay/peer-record.ts';
import {SignedReceipt} from '../../src/protocol/overlay/receipt.ts';
import {SealedMessage} from '../../src/protocol/overlay/sealed-message.ts';
import {Stamp} from '../../src/protocol/stored-record.ts';
import cards from './vectors/contact-cards.json' with {type: 'json'};
import vectors from './vectors/refused.json' with {type: 'json'};

const CODECS: Readonly<Record<string, Codec<unknown>>> = {
  ClientAnswer,
  ClientRequest,
  Frame,
  MemberRequest,
  ReaderRecord,
  SealedMessage,
  Stamp,
};
const publicKey = toSigningPublicKey(hexToBytes(vectors.publicKey));

function codeOf(read: () => unknown): unknown {
  try {
    read();
  } catch (error) {
    return (error as {readonly code?: unknown}).code;
  }
  return null;
}

it.each(vectors.decoding)('$codec, $name: $code', ({codec, code, bytes}) => {
  expect(codeOf(() => decode(CODECS[codec]!, hexToBytes(bytes)))).toBe(code);
});

/** Magic, version and keys come before the name. */
const NAME_AT = 23 + 2 + 3136;

it.each(vectors.names)('a contact card with the name $utf8: $code', ({utf8, code}) => {
  const nameless = hexToBytes(cards.cards.find(({name}) => name === null)!.file);
  const name = hexToBytes(utf8);
  const card = concatBytes(
    nameless.subarray(0, NAME_AT),
    Uint8Array.of(1),
    encode(u32, name.length),
    name,
    nameless.subarray(NAME_AT + 1),
  );
  expect(codeOf(() => decode(SignedContactCard, card))).toBe(code);
});

it.each(vectors.peerRecords)('a peer record does not count: $name', async ({bytes}) => {
  const signed = decode(SignedPeerRecord, hexToBytes(bytes));
  const chain = {
    networkId: vectors.networkId,
    chainId: toChainId(hexToBytes(vectors.chainId)),
  };
  const keys = {signingKeyOf: async () => publicKey};
  const check = {chain, keys, nowMs: Number(vectors.nowMs)};
  await expect(verifyPeerRecord(signed, check)).rejects.toThrow('NETWORK_BAD_PEER_RECORD');
});

it.each(vectors.receipts)('a receipt does not count: $name', async ({bytes}) => {
  const signed = decode(SignedReceipt, hexToBytes(bytes));
  expect(bytesToHex(encode(SignedReceipt, signed))).toBe(bytes);
  expect(await verifyReceipt(signed, publicKey)).toBe(false);
  expect(await createReceiptVerifier()(signed, publicKey)).toBe(false);
});

it('the first of these receipts counts under its own index', async () => {
  const signed = decode(SignedReceipt, hexToBytes(vectors.receipts[0]!.bytes));
  expect(await verifyReceipt({...signed, index: 0}, publicKey)).toBe(true);
});
