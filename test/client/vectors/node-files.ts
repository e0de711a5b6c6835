import {xchacha20poly1305} from '@noble/ciphers/chacha.js';
import {scrypt} from '@noble/hashes/scrypt.js';
import {sha256} from '@noble/hashes/sha2.js';
import * as is from '../second-codec.ts';
import {ascii, hex, join, type Piece, tagged} from '../second-codec.ts';
import {rootByHand} from '../second-seal.ts';
import {bob, CHAIN_ID, filled, NETWORK_ID, TIME_MS} from './fixtures.ts';
import {authOf, keysOf, messageIdOf, nodeId, signedPeerRecord, stampOf} from './overlay-values.ts';

/** SPEC.md §13: identity files, and all that two stores, a delete and an epoch leave in a database. */
const DAY_MS = 86_400_000n;
const EPOCH = 12n;
const TRANSITIONS = 11n;
const CUT_OFF_MS = TIME_MS + 10n;
/** Of the epoch before: both records were there. */
const CUT_OFF_BEFORE_MS = TIME_MS + 2n;

const signingSeed = is.fixed(filled(32, 0x11));
const kemSeed = is.fixed(filled(64, 0x22));
const chainSeed = is.fixed(filled(32, 0x33));
const rotations = is.list(
  is.struct({
    chainId: is.fixed(CHAIN_ID),
    kemSeed: is.fixed(filled(64, 0x44)),
    chainSeed: is.maybe(),
  }),
  is.struct({
    chainId: is.fixed(CHAIN_ID),
    kemSeed: is.fixed(filled(64, 0x55)),
    chainSeed: is.maybe(is.fixed(filled(32, 0x66))),
  }),
);
const SECRETS: readonly Piece[] = [
  is.variant(0, 'account', is.struct({signingSeed})),
  is.variant(1, 'node', is.struct({signingSeed, kemSeed, chainSeed})),
  is.variant(2, 'session', is.struct({signingSeed, kemSeed})),
  is.variant(3, 'rotatedNode', is.struct({signingSeed, kemSeed, chainSeed, rotations})),
];

const identityFile = (content: Piece): string =>
  hex(join(ascii('sessionvm identity file '), is.versioned(1, content).bytes));

/** One text that NFKC makes another. */
const PASSPHRASE = 'ﬁve Ａngstro\u0308m';

function sealedFile(secrets: Piece): string {
  const [salt, nonce] = [filled(16, 0x77), filled(24, 0x88)];
  const header = is.versioned(
    1,
    is.struct({logCost: is.u8(14), salt: is.fixed(salt), nonce: is.fixed(nonce)}),
  );
  const key = scrypt(Buffer.from(PASSPHRASE.normalize('NFKC'), 'utf8'), salt, {
    N: 2 ** 14,
    r: 8,
    p: 1,
    dkLen: 32,
  });
  const box = xchacha20poly1305(key, nonce, header.bytes).encrypt(secrets.bytes);
  return identityFile(is.variant(1, 'sealed', is.struct({header, box: is.blob(box)})));
}

const account = is.fixed(bob.sessionId);
const namespace = is.i16(0);
const kept = filled(1500, 1);
const gone = filled(40, 0x30);
const [keptId, goneId] = [kept, gone].map((data) => messageIdOf(bob.sessionId, 0, data)) as [
  Uint8Array,
  Uint8Array,
];
const [goneStamp, keptStamp, deleteStamp] = [0n, 1n, 5n].map((ms) => stampOf(TIME_MS + ms)) as [
  Piece,
  Piece,
  Piece,
];
const deleteParams = is.struct({account, namespace, ids: is.list(is.fixed(goneId))});
const deletionWith = (keys: {readonly withKeys: boolean}): Piece =>
  is.struct({params: deleteParams, auth: authOf(4, deleteParams, keys.withKeys)});

const goneEnd = TIME_MS + DAY_MS;
const keptEnd = TIME_MS + 2n * DAY_MS;
const deleteEnd = TIME_MS + 5n + 14n * DAY_MS;
const keysEnd = deleteEnd + 7n * DAY_MS;

const storeOf = (stamp: Piece, data: Uint8Array, ttlMs: bigint): Piece =>
  is.struct({
    stamp,
    body: is.variant(
      0,
      'store',
      is.struct({
        account,
        namespace,
        timestampMs: is.u64(TIME_MS),
        ttlMs: is.u64(ttlMs),
        content: is.variant(0, 'data', is.blob(data)),
        auth: is.maybe(),
      }),
    ),
  });
const OPERATIONS: readonly Piece[] = [
  storeOf(goneStamp, gone, DAY_MS),
  storeOf(keptStamp, kept, 2n * DAY_MS),
  is.struct({
    stamp: deleteStamp,
    body: is.variant(1, 'delete', deletionWith({withKeys: true})),
  }),
];

const recordOf = (data: Uint8Array, expiryMs: bigint) => ({
  expiryMs: is.u64(expiryMs),
  size: is.u32(data.length),
  dataHash: is.fixed(sha256(data)),
});
const recordEntry = (data: Uint8Array, expiryMs: bigint): Piece =>
  is.variant(0, 'record', is.struct(recordOf(data, expiryMs)));
const endEntry = is.variant(1, 'end', is.struct({expiryMs: is.u64(goneEnd)}));

const keyOf = (stamp: Piece, id: Uint8Array): Uint8Array =>
  is.struct({account, namespace, stamp, id: is.fixed(id)}).bytes;
const historyOf = (id: Uint8Array): Uint8Array =>
  is.struct({account, namespace, id: is.fixed(id)}).bytes;
const [goneKey, keptKey, endKey] = [
  keyOf(goneStamp, goneId),
  keyOf(keptStamp, keptId),
  keyOf(deleteStamp, goneId),
];

const versions = (...all: readonly (readonly [bigint, Piece?])[]): Piece =>
  is.versioned(
    1,
    is.struct({
      versions: is.list(
        ...all.map(([sinceMs, entry]) =>
          is.struct({sinceMs: is.u64(sinceMs), entry: is.maybe(entry)}),
        ),
      ),
    }),
  );
const item = (stamp: Piece, sinceMs: bigint, id: Uint8Array, change: Piece): Piece =>
  is.struct({stamp, sinceMs: is.u64(sinceMs), id: is.fixed(id), change});
const history = (...items: readonly Piece[]): Piece =>
  is.versioned(0, is.struct({items: is.list(...items)}));
const storedStore = (data: Uint8Array, id: Uint8Array, ttlMs: bigint): Piece => {
  const {size, dataHash} = recordOf(data, 0n);
  return is.versioned(
    0,
    is.variant(
      0,
      'store',
      is.struct({
        account,
        namespace,
        timestampMs: is.u64(TIME_MS),
        ttlMs: is.u64(ttlMs),
        id: is.fixed(id),
        size,
        dataHash,
        auth: is.maybe(),
      }),
    ),
  );
};

/** The set of the epoch before as others had it: without the first record, and with a later end of the second. */
const otherEntry = recordEntry(kept, keptEnd + 1n);
const otherSet = {
  epoch: (EPOCH - 1n).toString(),
  cutOffMs: CUT_OFF_BEFORE_MS.toString(),
  leaves: [hex(join(keptKey, otherEntry.bytes))],
};

/** C of §7.1 over the two leaves that count at the cut-off. */
function committedC(): Uint8Array {
  const leaves = [join(keptKey, recordEntry(kept, keptEnd).bytes), join(endKey, endEntry.bytes)];
  const set = join(
    rootByHand(leaves),
    is.u64(1n).bytes,
    is.u64(2n).bytes,
    is.u64(BigInt(kept.length)).bytes,
  );
  const claim = join(is.u32(NETWORK_ID).bytes, CHAIN_ID, is.u64(EPOCH).bytes, is.u32(0).bytes, set);
  return tagged('lux/session/stored-set/v1', claim);
}

const NOTHING = new Uint8Array();
const at = (prefix: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  join(Uint8Array.of(prefix), ...parts);
const ms = (value: bigint): Uint8Array => is.u64(value).bytes;

/** Key, value, and what it is, in order of keys. */
function recordEntries(): readonly (readonly [string, Uint8Array, Uint8Array])[] {
  const place = {swarmId: is.u32(0), swarmExponent: is.u8(0)};
  const end = is.variant(1, 'delete', is.struct({}));
  const stored = (data: Uint8Array, expiryMs: bigint): Piece =>
    is.variant(0, 'store', is.struct(recordOf(data, expiryMs)));
  return [
    [
      'leaf of the deleted record',
      at(1, goneKey),
      versions([TIME_MS, recordEntry(gone, goneEnd)], [TIME_MS + 5n]).bytes,
    ],
    [
      'leaf of the record',
      at(1, keptKey),
      versions([TIME_MS + 1n, recordEntry(kept, keptEnd)]).bytes,
    ],
    ['end leaf', at(1, endKey), versions([TIME_MS + 5n, endEntry]).bytes],
    ['bytes of the deleted record', at(2, goneKey), gone],
    ['bytes of the record', at(2, keptKey), kept],
    [
      'history of the deleted id',
      at(3, historyOf(goneId)),
      history(
        item(goneStamp, TIME_MS, goneId, stored(gone, goneEnd)),
        item(deleteStamp, TIME_MS + 5n, goneId, end),
      ).bytes,
    ],
    [
      'history of the other id',
      at(3, historyOf(keptId)),
      history(item(keptStamp, TIME_MS + 1n, keptId, stored(kept, keptEnd))).bytes,
    ],
    ['first store', at(4, goneStamp.bytes), storedStore(gone, goneId, DAY_MS).bytes],
    ['second store', at(4, keptStamp.bytes), storedStore(kept, keptId, 2n * DAY_MS).bytes],
    [
      'delete',
      at(4, deleteStamp.bytes),
      is.versioned(0, is.variant(1, 'delete', deletionWith({withKeys: false}))).bytes,
    ],
    ['sweep of the deleted id', at(5, ms(goneEnd), historyOf(goneId)), NOTHING],
    ['sweep of the other id', at(5, ms(keptEnd), historyOf(keptId)), NOTHING],
    ['sweep of the delete', at(5, ms(deleteEnd), deleteStamp.bytes), NOTHING],
    ['sweep of the owner’s keys', at(5, ms(keysEnd), account.bytes), NOTHING],
    ['end of the deleted record', at(6, ms(TIME_MS + 5n), goneKey), NOTHING],
    ['end of the end leaf', at(6, ms(TIME_MS + 5n), endKey), NOTHING],
    ['hint', at(7, filled(20, 0x99), keptStamp.bytes), NOTHING],
    ['another set: without the record', at(8, ms(EPOCH - 1n), goneKey), is.maybe().bytes],
    ['another set: another leaf', at(8, ms(EPOCH - 1n), keptKey), is.maybe(otherEntry).bytes],
    [
      'committed',
      at(9, ascii('committed')),
      is.versioned(
        1,
        is.struct({
          epoch: is.u64(EPOCH),
          cutOffMs: is.u64(CUT_OFF_MS),
          c: is.fixed(committedC()),
          ...place,
        }),
      ).bytes,
    ],
    [
      'handed over: the first table is counted from the next transition on',
      at(9, ascii('handedOver')),
      is.versioned(
        0,
        is.struct({
          transitions: is.u64(TRANSITIONS),
          swarmExponent: is.u8(2),
          swarms: is.list(
            ...[1, 3].map((swarmId) =>
              is.struct({swarmId: is.u32(swarmId), since: is.u64(TRANSITIONS + 1n)}),
            ),
          ),
        }),
      ).bytes,
    ],
    ['peers', at(9, ascii('peers')), is.versioned(0, is.list(signedPeerRecord)).bytes],
    [
      'reconciled',
      at(9, ascii('reconciled')),
      is.versioned(1, is.struct({untilMs: is.u64(CUT_OFF_MS), ...place})).bytes,
    ],
    [
      'stamps up to an instant may have been given',
      at(9, ascii('stamped')),
      is.versioned(0, is.struct({untilMs: is.u64(CUT_OFF_MS)})).bytes,
    ],
    [
      'the owner’s keys',
      at(10, account.bytes),
      is.versioned(0, is.struct({untilMs: is.u64(keysEnd), keys: keysOf(bob)})).bytes,
    ],
  ];
}

function ledgerEntries(): readonly (readonly [string, Uint8Array, Uint8Array])[] {
  const owner = join(CHAIN_ID, nodeId);
  const duty = (kind: number, revision: number): Uint8Array =>
    join(owner, ms(EPOCH), Uint8Array.of(kind, revision));
  const tx = (first: number): Uint8Array =>
    is.versioned(0, is.struct({tx: is.blob(filled(10, first))})).bytes;
  return [
    ['commitment, revision 0', at(1, duty(16, 0)), tx(1)],
    ['commitment, revision 1', at(1, duty(16, 1)), tx(2)],
    ['answer', at(1, duty(17, 0)), tx(3)],
    ['lowest reveal', at(2, owner), is.versioned(0, is.struct({position: is.u32(131_070)})).bytes],
    ['taken over', at(3, owner), is.versioned(0, is.struct({epoch: is.u64(11n)})).bytes],
    [
      'doubts',
      at(4, owner),
      is.versioned(
        0,
        is.struct({epoch: is.u64(EPOCH), nodeIds: is.list(is.fixed(filled(20, 0x99)))}),
      ).bytes,
    ],
  ];
}

const shownEntries = (
  entries: readonly (readonly [string, Uint8Array, Uint8Array])[],
): readonly unknown[] =>
  entries
    .map(([name, key, value]) => ({name, key: hex(key), value: hex(value)}))
    .sort((a, b) => (a.key < b.key ? -1 : 1));

export function nodeFileVectors(): unknown {
  return {
    networkId: NETWORK_ID,
    chainId: hex(CHAIN_ID),
    nodeId: hex(nodeId),
    passphrase: PASSPHRASE,
    identities: SECRETS.map((secrets) => ({
      secrets: secrets.value,
      file: identityFile(is.variant(0, 'plain', secrets)),
      sealed: sealedFile(secrets),
    })),
    epoch: EPOCH.toString(),
    transitions: TRANSITIONS.toString(),
    cutOffMs: CUT_OFF_MS.toString(),
    otherSet,
    hintFor: hex(filled(20, 0x99)),
    peers: [hex(signedPeerRecord.bytes)],
    operations: OPERATIONS.map(({value, bytes}) => ({value, bytes: hex(bytes)})),
    records: shownEntries(recordEntries()),
    ledger: shownEntries(ledgerEntries()),
  };
}
