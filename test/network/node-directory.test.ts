import {afterEach, beforeEach, expect, it, vi} from 'vitest';
import {NodeDirectory} from '../../src/network/node-directory.ts';
import {RecordBook} from '../../src/network/record-book.ts';
import {CHAIN, createNode, Registry} from './network.ts';

beforeEach(() => {
  vi.useFakeTimers({toFake: ['Date', 'performance']});
});
afterEach(() => {
  vi.useRealTimers();
});

it('a node that nobody has heard of is asked for again after 3 s, whatever becomes of the clock', async () => {
  const [node, other] = [createNode(), createNode()];
  const ports = {nowMs: Date.now, onError: () => undefined};
  let asked = 0;
  const table = {
    put: async () => 0,
    get: async () => {
      asked += 1;
      return undefined;
    },
  };
  const directory = new NodeDirectory({
    chain: CHAIN,
    nodeId: node.nodeId,
    signer: node.signer,
    peerId: new Uint8Array(),
    addresses: () => [],
    recordLifeMs: 3_600_000,
    book: new RecordBook({chain: CHAIN, keys: new Registry(), ports}),
    table,
    isRunning: () => true,
    ports,
  });
  for (let i = 0; i < 2; i++) expect(await directory.find(other.nodeId)).toBeUndefined();
  expect(asked).toBe(1);
  vi.setSystemTime(Date.now() - 3_600_000);
  vi.advanceTimersByTime(3000);
  await directory.find(other.nodeId);
  expect(asked).toBe(2);
});
