import type {Piece} from '../second-codec.ts';
import * as is from '../second-codec.ts';
import {receiptsByHand, rootByHand} from '../second-seal.ts';
import {alice, chain, filled, TIME_MS} from './fixtures.ts';
import {
  authOf,
  clientInfo,
  cursor,
  data,
  deleteOperation,
  endedOperation,
  inbox,
  leaves,
  nodeId,
  pageOf,
  receiptOf,
  second,
  span,
  storeOperation,
} from './overlay-values.ts';

/** SPEC.md §15 by hand once more: the other side of what may be absent, true, or another variant. */
export type Choice = {readonly name: string; readonly codec: string; readonly piece: Piece};

const choice =
  (codec: string) =>
  (name: string, [typeId, type]: readonly [number, string], piece: Piece): Choice => ({
    name,
    codec,
    piece: is.variant(typeId, type, piece),
  });
const asked = choice('ClientRequest');
const told = choice('ClientAnswer');
const askedMember = choice('MemberRequest');
const toldMember = choice('MemberAnswer');

const storeParams = is.struct({
  ...inbox,
  namespace: is.i16(0),
  timestampMs: is.u64(TIME_MS),
  ttlMs: is.u64(86_400_000n),
  data: is.blob(data),
});
const retrieveParams = is.struct({
  ...inbox,
  namespace: is.i16(-1),
  after: is.maybe(),
  maxRecords: is.u32(1),
  maxBytes: is.u32(0),
  consistency: is.u8(0),
});
const watchParams = is.struct({...inbox, after: is.maybe(cursor)});

/** Of three receipts of one batch the second: its path has two hashes. */
function receiptWithPath(): Piece {
  const batch = [0, 1, 2].map((first) => receiptOf(filled(32, first)));
  const all = batch.map(({bytes}) => bytes);
  return is.struct({
    receipt: batch[1]!,
    index: is.u16(1),
    count: is.u16(3),
    path: is.list(...[0, 2].map((i) => is.fixed(rootByHand([all[i]!])))),
    signature: is.fixed(receiptsByHand(alice, {...chain, nodeId}, all).signature),
  });
}

const absent = is.maybe();
const more = is.bool(true);
const stamps = is.struct({stamps: is.list(second), more});
const operations = is.list(storeOperation, endedOperation, deleteOperation);
const keepsLeaves = {epoch: is.u64(12n), c: is.fixed(filled(32, 2))};

export const choices: readonly Choice[] = [
  asked('anybody stores', [2, 'store'], is.struct({params: storeParams, auth: absent})),
  asked(
    'anybody reads, from the oldest on',
    [3, 'retrieve'],
    is.struct({params: retrieveParams, auth: absent}),
  ),
  asked(
    'the owner watches, from a cursor on',
    [5, 'watch'],
    is.struct({params: watchParams, auth: is.maybe(authOf(5, watchParams, false))}),
  ),
  told('a node without a swarm', [0, 'info'], clientInfo(absent)),
  told('the last page', [3, 'retrieve'], pageOf(is.bool(false))),
  told('an event with a record', [5, 'watch'], pageOf(more)),
  askedMember(
    'a delete is written',
    [0, 'write'],
    is.struct({epoch: is.u64(12n), operation: deleteOperation}),
  ),
  askedMember(
    'stamps from the first on',
    [2, 'stamps'],
    is.struct({span: is.struct(span), after: absent}),
  ),
  askedMember(
    'an inbox from its oldest on',
    [4, 'inbox'],
    is.struct({...inbox, after: absent, limit: is.u32(4096)}),
  ),
  askedMember(
    'leaves from the first on',
    [6, 'leaves'],
    is.struct({...keepsLeaves, after: absent}),
  ),
  askedMember('all kinds of operations are delivered', [7, 'deliver'], is.struct({operations})),
  toldMember('a delete has no receipt', [0, 'write'], is.struct({receipt: absent})),
  toldMember(
    'a receipt with a path',
    [0, 'write'],
    is.struct({receipt: is.maybe(receiptWithPath())}),
  ),
  toldMember('stamps, and more', [2, 'stamps'], stamps),
  toldMember(
    'all kinds of operations',
    [3, 'operations'],
    is.struct({operations, more: is.bool(false)}),
  ),
  toldMember('cursors, and more', [4, 'inbox'], is.struct({entries: is.list(cursor), more})),
  toldMember('a history, and more', [5, 'history'], stamps),
  toldMember('leaves, and more', [6, 'leaves'], is.struct({leaves, more})),
  {
    name: 'a reader who has read nothing',
    codec: 'ReaderRecord',
    piece: is.versioned(0, is.struct({cursor: absent, seen: is.list()})),
  },
];
