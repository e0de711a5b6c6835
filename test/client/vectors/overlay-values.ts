import {createPrivateKey, createPublicKey} from 'node:crypto';
import {blake3} from '@noble/hashes/blake3.js';
import {shake256} from '@noble/hashes/sha3.js';
import * as is from '../second-codec.ts';
import {join, type Piece, tagged} from '../second-codec.ts';
import {receiptsByHand, requestByHand, signBy} from '../second-seal.ts';
import {alice, bob, CHAIN_ID, chain, filled, NETWORK_ID, TIME_MS} from './fixtures.ts';

/**
 * SPEC.md §15 by hand, each record, request and answer once: Alice's keys are a node's, Bob has an inbox.
 */

/** SP 800-185 left_encode of a length in bits, then the bytes. */
function encoded(bytes: Uint8Array): Uint8Array {
  const bits = bytes.length * 8;
  return join(
    bits < 256 ? Uint8Array.of(1, bits) : Uint8Array.of(2, bits >> 8, bits & 0xff),
    bytes,
  );
}
export const nodeId = shake256(
  join(
    encoded(is.ascii('NODE_ID_V1')),
    encoded(CHAIN_ID),
    encoded(Uint8Array.of(0x42)),
    encoded(alice.signing.publicKey),
  ),
  {dkLen: 48},
).slice(0, 20);

export const chainSeed = filled(32, 0x05);
export const transportSeed = tagged('lux/session/transport-key/v1', chainSeed, CHAIN_ID);
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  const key = Buffer.concat([PKCS8_ED25519, seed]);
  const pair = createPublicKey(createPrivateKey({key, format: 'der', type: 'pkcs8'}));
  return Uint8Array.from(pair.export({format: 'der', type: 'spki'}).subarray(-32));
}
const transportKey = ed25519PublicKey(transportSeed);
export const peerId = join(Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20), transportKey);

/** Signed by the node's key. */
export function peerRecordOf(says: {
  readonly peerId: Uint8Array;
  readonly addresses: readonly string[];
}): Piece {
  const record = is.struct({
    networkId: is.u32(NETWORK_ID),
    chainId: is.fixed(CHAIN_ID),
    nodeId: is.fixed(nodeId),
    peerId: is.blob(says.peerId),
    addresses: is.list(...says.addresses.map(is.utf8)),
    sequence: is.u64(TIME_MS),
    expiresMs: is.u64(TIME_MS + 3_600_000n),
  });
  const signature = is.fixed(signBy(alice, 'lux-session-peer-v1', record.bytes));
  return is.versioned(0, is.struct({record, signature}));
}
export const signedPeerRecord = peerRecordOf({
  peerId,
  addresses: ['/ip4/192.0.2.1/tcp/22023', '/dns6/node.example/tcp/22023'],
});

export const stampOf = (clockMs: bigint, counter = 0): Piece =>
  is.struct({clockMs: is.u64(clockMs), counter: is.u16(counter), coordinator: is.fixed(nodeId)});

export function messageIdOf(account: Uint8Array, namespace: number, data: Uint8Array): Uint8Array {
  const key = tagged('lux/session/message-id/v1');
  return blake3(join(account, is.i16(namespace).bytes, data), {key});
}

export const inbox = {account: is.fixed(bob.sessionId), namespace: is.i16(2)};
const cursorOf = (stamp: Piece, id: Uint8Array): Piece => is.struct({stamp, id: is.fixed(id)});

export const keysOf = ({kem, signing}: typeof bob): Piece =>
  is.struct({kem: is.fixed(kem.publicKey), signing: is.fixed(signing.publicKey)});

/** The owner's, over these parameters; the keys travel along or not. */
export function authOf(method: number, params: Piece, withKeys: boolean): Piece {
  const nonce = filled(16, method);
  const request = {...chain, method, nonce, timeMs: TIME_MS, params: params.bytes};
  return is.struct({
    nonce: is.fixed(nonce),
    timeMs: is.u64(TIME_MS),
    keys: withKeys ? is.maybe(keysOf(bob)) : is.maybe(),
    signature: is.fixed(requestByHand(bob, request).signature),
  });
}

export const data = filled(40, 0x30);
const id = messageIdOf(bob.sessionId, 2, data);
const first = stampOf(TIME_MS);
export const second = stampOf(TIME_MS + 1n, 7);
export const cursor = cursorOf(first, id);

const storeParams = is.struct({
  ...inbox,
  timestampMs: is.u64(TIME_MS),
  ttlMs: is.u64(86_400_000n),
  data: is.blob(data),
});
const retrieveParams = is.struct({
  ...inbox,
  after: is.maybe(cursor),
  maxRecords: is.u32(200),
  maxBytes: is.u32(1_048_576),
  consistency: is.u8(1),
});
const deleteParams = is.struct({...inbox, ids: is.list(is.fixed(id), is.fixed(filled(32, 1)))});
const watchParams = is.struct({...inbox, after: is.maybe()});

export const receiptOf = (of: Uint8Array): Piece =>
  is.struct({
    networkId: is.u32(NETWORK_ID),
    chainId: is.fixed(CHAIN_ID),
    nodeId: is.fixed(nodeId),
    swarmId: is.u32(3),
    swarmExponent: is.u8(2),
    epoch: is.u64(12n),
    ...inbox,
    id: is.fixed(of),
    stamp: first,
    expiryMs: is.u64(TIME_MS + 86_400_000n),
  });
const receipt = receiptOf(id);
const signedReceipt = is.struct({
  receipt,
  index: is.u16(0),
  count: is.u16(1),
  path: is.list(),
  signature: is.fixed(receiptsByHand(alice, {...chain, nodeId}, [receipt.bytes]).signature),
});
export const pageOf = (more: Piece): Piece =>
  is.struct({
    records: is.list(
      is.struct({
        stamp: first,
        id: is.fixed(id),
        expiryMs: is.u64(TIME_MS + 86_400_000n),
        data: is.blob(data),
      }),
    ),
    more,
  });
export const clientInfo = (swarmId: Piece): Piece =>
  is.struct({
    networkId: is.u32(NETWORK_ID),
    chainId: is.fixed(CHAIN_ID),
    nodeId: is.fixed(nodeId),
    version: is.utf8('0.1.0'),
    timeMs: is.u64(TIME_MS),
    epoch: is.u64(12n),
    swarmId,
    swarmExponent: is.u8(2),
  });

export const clientRequests: readonly Piece[] = [
  is.variant(0, 'info', is.struct({})),
  is.variant(1, 'getSwarm', is.struct({account: inbox.account})),
  is.variant(
    2,
    'store',
    is.struct({params: storeParams, auth: is.maybe(authOf(2, storeParams, false))}),
  ),
  is.variant(
    3,
    'retrieve',
    is.struct({params: retrieveParams, auth: is.maybe(authOf(3, retrieveParams, true))}),
  ),
  is.variant(4, 'delete', is.struct({params: deleteParams, auth: authOf(4, deleteParams, false)})),
  is.variant(5, 'watch', is.struct({params: watchParams, auth: is.maybe()})),
];
const swarm = {swarmId: is.u32(3), swarmExponent: is.u8(2), epoch: is.u64(12n)};
export const clientAnswers: readonly Piece[] = [
  is.variant(0, 'info', clientInfo(is.maybe(is.u32(3)))),
  is.variant(
    1,
    'getSwarm',
    is.struct({
      ...swarm,
      members: is.list(
        is.struct({nodeId: is.fixed(nodeId), peer: is.maybe(signedPeerRecord)}),
        is.struct({nodeId: is.fixed(filled(20, 0x77)), peer: is.maybe()}),
      ),
    }),
  ),
  is.variant(
    2,
    'store',
    is.struct({
      id: is.fixed(id),
      stamp: first,
      expiryMs: is.u64(TIME_MS + 86_400_000n),
      receipts: is.list(signedReceipt),
    }),
  ),
  is.variant(3, 'retrieve', pageOf(is.bool(true))),
  is.variant(4, 'delete', is.struct({stamp: second, members: is.u8(6)})),
  is.variant(5, 'watch', is.struct({records: is.list(), more: is.bool(false)})),
];

const {account, namespace} = inbox;
const times = {timestampMs: is.u64(TIME_MS), ttlMs: is.u64(86_400_000n)};
export const storeOperation = is.struct({
  stamp: first,
  body: is.variant(
    0,
    'store',
    is.struct({
      account,
      namespace,
      ...times,
      content: is.variant(0, 'data', is.blob(data)),
      auth: is.maybe(authOf(2, storeParams, true)),
    }),
  ),
});
export const endedOperation = is.struct({
  stamp: second,
  body: is.variant(
    0,
    'store',
    is.struct({
      account,
      namespace: is.i16(-20),
      ...times,
      content: is.variant(
        1,
        'ended',
        is.struct({
          id: is.fixed(id),
          size: is.u32(data.length),
          dataHash: is.fixed(filled(32, 9)),
        }),
      ),
      auth: is.maybe(),
    }),
  ),
});
export const deleteOperation = is.struct({
  stamp: second,
  body: is.variant(
    1,
    'delete',
    is.struct({params: deleteParams, auth: authOf(4, deleteParams, true)}),
  ),
});

const recordKey = is.struct({account, namespace, stamp: first, id: is.fixed(id)});
export const span = {fromMs: is.u64(TIME_MS - 60_000n), toMs: is.u64(TIME_MS)};
export const memberRequests: readonly Piece[] = [
  is.variant(0, 'write', is.struct({epoch: is.u64(12n), operation: storeOperation})),
  is.variant(1, 'digest', is.struct(span)),
  is.variant(2, 'stamps', is.struct({span: is.struct(span), after: is.maybe(first)})),
  is.variant(3, 'operations', is.struct({stamps: is.list(first, second)})),
  is.variant(
    4,
    'inbox',
    is.struct({account, namespace, after: is.maybe(cursor), limit: is.u32(100)}),
  ),
  is.variant(5, 'history', is.struct({account, namespace, ids: is.list(is.fixed(id))})),
  is.variant(
    6,
    'leaves',
    is.struct({epoch: is.u64(12n), c: is.fixed(filled(32, 2)), after: is.maybe(recordKey)}),
  ),
  is.variant(7, 'deliver', is.struct({operations: is.list(endedOperation, deleteOperation)})),
];
export const leaves = is.list(
  is.struct({
    key: recordKey,
    entry: is.variant(
      0,
      'record',
      is.struct({
        expiryMs: is.u64(TIME_MS + 86_400_000n),
        size: is.u32(data.length),
        dataHash: is.fixed(filled(32, 9)),
      }),
    ),
  }),
  is.struct({
    key: is.struct({account, namespace, stamp: second, id: is.fixed(id)}),
    entry: is.variant(1, 'end', is.struct({expiryMs: is.u64(TIME_MS + 86_400_000n)})),
  }),
);
const stamps = {stamps: is.list(first, second), more: is.bool(false)};
export const memberAnswers: readonly Piece[] = [
  is.variant(0, 'write', is.struct({receipt: is.maybe(signedReceipt)})),
  is.variant(1, 'digest', is.struct({count: is.u32(2), digest: is.fixed(filled(32, 3))})),
  is.variant(2, 'stamps', is.struct(stamps)),
  is.variant(
    3,
    'operations',
    is.struct({operations: is.list(endedOperation), more: is.bool(true)}),
  ),
  is.variant(4, 'inbox', is.struct({entries: is.list(cursor), more: is.bool(false)})),
  is.variant(5, 'history', is.struct(stamps)),
  is.variant(6, 'leaves', is.struct({leaves, more: is.bool(false)})),
  is.variant(7, 'deliver', is.struct({count: is.u32(2)})),
];

export const readersPlace = is.versioned(
  0,
  is.struct({
    cursor: is.maybe(cursor),
    seen: is.list(is.struct({id: is.fixed(id), clockMs: is.u64(TIME_MS)})),
  }),
);
