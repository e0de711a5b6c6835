import {expect, it, vi} from 'vitest';
import {ReceiptInspector} from '../../src/messaging/receipt-inspector.ts';
import {toChainId, toHash, toNodeId, toSessionId, toSignature} from '../../src/protocol/bytes.ts';
import type {Receipt} from '../../src/protocol/overlay/receipt.ts';

const chain = {networkId: 7, chainId: toChainId(new Uint8Array(32).fill(1))};
const member = toNodeId(new Uint8Array(20).fill(2));
const other = toNodeId(new Uint8Array(20).fill(3));
const place = {swarmId: 4, swarmExponent: 3, epoch: 9n};
const swarm = {...place, members: [member, other], acknowledge: [[member, other]]};
const about = {
  account: toSessionId(new Uint8Array(33).fill(5)),
  namespace: -1,
  id: toHash(new Uint8Array(32).fill(6)),
  stamp: {clockMs: 1000n, counter: 1, coordinator: other},
  expiryMs: 9000n,
};
const good: Receipt = {...chain, nodeId: member, ...place, ...about};

async function look(changed: Partial<Receipt> = {}, isRepeated = false) {
  const isReceiptValid = vi.fn(() => Promise.resolve(true));
  const inspector = new ReceiptInspector(isReceiptValid);
  const signature = toSignature(new Uint8Array(3309));
  const signed = {receipt: {...good, ...changed}, index: 0, count: 1, path: [], signature};
  const isGood = await inspector.isGood(
    signed,
    {nodeId: member, swarm},
    {claim: {...chain, ...about}, isRepeated},
  );
  return {isGood, verified: isReceiptValid.mock.calls.length};
}

it('a receipt that says what it must is good, its signature unseen until it is asked for again', async () => {
  expect(await look()).toEqual({isGood: true, verified: 0});
  expect(await look({}, true)).toEqual({isGood: true, verified: 1});
});

it.each<[string, Partial<Receipt>]>([
  ['network', {networkId: 8}],
  ['chain', {chainId: toChainId(new Uint8Array(32))}],
  ['node', {nodeId: other}],
  ['swarm', {swarmId: 5}],
  ['number of swarms', {swarmExponent: 4}],
  ['epoch long gone', {epoch: 7n}],
  ['epoch to come', {epoch: 11n}],
  ['inbox', {account: toSessionId(new Uint8Array(33))}],
  ['namespace', {namespace: 0}],
  ['message', {id: toHash(new Uint8Array(32))}],
  ['time', {stamp: {...about.stamp, clockMs: 1001n}}],
  ['counter', {stamp: {...about.stamp, counter: 2}}],
  ['coordinator', {stamp: {...about.stamp, coordinator: member}}],
  ['expiry', {expiryMs: 9001n}],
])('about another %s it is none', async (_what, changed) => {
  expect(await look(changed)).toEqual({isGood: false, verified: 0});
});

it('around the turn of an epoch the swarm may be another one', async () => {
  for (const epoch of [8n, 10n]) {
    expect((await look({epoch, swarmId: 12, swarmExponent: 4})).isGood).toBe(true);
  }
});
