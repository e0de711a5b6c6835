import {beforeEach, describe, expect, it} from 'vitest';
import {ClientError} from '../../src/client/errors.ts';
import {bytesToHex, ZERO_HASH} from '../../src/protocol/bytes.ts';
import {Tx} from '../../src/protocol/chain/tx.ts';
import {decode} from '../../src/protocol/codec.ts';
import {StorageError} from '../../src/storage/errors.ts';
import {FakeChain} from './fake-chain.ts';
import {TestNode} from './test-node.ts';

const ZERO = `0x${bytesToHex(ZERO_HASH)}`;

let chain: FakeChain;
beforeEach(() => {
  chain = new FakeChain();
});

async function stepAll(nodes: readonly TestNode[]): Promise<void> {
  for (const node of nodes) await node.step();
}

/** Runs blocks of 500 ms with a look of every node before each, until the epoch begins. */
async function runUntilEpoch(epoch: bigint, nodes: readonly TestNode[]): Promise<void> {
  while (chain.epoch < epoch) {
    await stepAll(nodes);
    chain.advance(500);
  }
}

/** Duties of the running epoch in the order of their signing. */
const kindsOf = (bytes: readonly Uint8Array[]) =>
  bytes.map((tx) => {
    const {type, value} = decode(Tx, tx).unsigned;
    return 'revision' in value ? `${type} ${value.revision}` : type;
  });

/** Three nodes at the end of round A, of which the third lacks what the others have committed to. */
async function threeInRoundB(): Promise<readonly TestNode[]> {
  const nodes = [1, 2, 3].map((number) => new TestNode(chain, {number}));
  await nodes[0]!.store(1);
  await nodes[1]!.store(1);
  await runUntilEpoch(1n, nodes);
  while (chain.phase === 'roundA') {
    await stepAll(nodes);
    chain.advance(500);
  }
  return nodes;
}

/** How many commitments of revision 1 were accepted. */
const revisions = (): number =>
  kindsOf([...chain.accepted.values()]).filter((kind) => kind === 'storageCommitment 1').length;

describe('DutyRunner', () => {
  it('does nothing before it has duties', async () => {
    const node = new TestNode(chain, {number: 1});
    await runUntilEpoch(1n, [node]);
    expect(chain.issued).toEqual([]);
  });

  it('fulfils every duty of every epoch, early in each window', async () => {
    const nodes = [1, 2, 3].map((number) => new TestNode(chain, {number}));
    await runUntilEpoch(1n, nodes);
    await stepAll(nodes);
    expect(kindsOf(chain.issued)).toEqual(Array(3).fill('storageCommitment 0'));
    await runUntilEpoch(4n, nodes);
    for (const epoch of [1n, 2n, 3n]) {
      expect(chain.outcomes.get(epoch)).toEqual({missed: [], w: expect.stringMatching(/^0x/)});
    }
    // Three epochs, two duties each: who is in the majority by revision 0 posts no revision 1.
    expect(chain.accepted.size).toBe(3 * 3 * 2);
    const events = nodes[0]!.recorder.events().filter((event) => event.startsWith('duty.'));
    expect(events).toEqual(Array(6).fill(['duty.sent', 'duty.accepted']).flat());
    expect(nodes[0]!.dutiesSent).toEqual(Array(3).fill(['roundA', 'answer']).flat());
  });

  it('answers 32 zero bytes when its swarm has no W', async () => {
    const nodes = [1, 2].map((number) => new TestNode(chain, {number}));
    await nodes[0]!.store(1);
    await runUntilEpoch(1n, nodes);
    while (chain.phase !== 'rest') {
      await stepAll(nodes);
      chain.advance(500);
    }
    for (const {answer} of chain.duties.values()) expect(answer?.answer).toBe(ZERO);
    await runUntilEpoch(2n, nodes);
    expect(chain.outcomes.get(1n)).toEqual({missed: [], w: null});
  });

  it('answers on W when it holds W, and not at all when it does not', async () => {
    const nodes = [1, 2, 3].map((number) => new TestNode(chain, {number}));
    await nodes[0]!.store(1);
    await nodes[1]!.store(1);
    await runUntilEpoch(2n, nodes);
    const outcome = chain.outcomes.get(1n);
    expect(outcome?.w).not.toBeNull();
    expect(outcome?.missed).toEqual([nodes[2]!.nodeIdText]);
    const failed = nodes[2]!.recorder.lines.filter(({event}) => event === 'duty.failed');
    expect(failed[0]?.facts['reason']).toContain('MESSAGING_OTHER_SET');
  });

  it('moves to the largest group whose set it holds by the time of round B', async () => {
    const nodes = await threeInRoundB();
    await nodes[2]!.store(1);
    await runUntilEpoch(2n, nodes);
    expect(chain.outcomes.get(1n)).toMatchObject({missed: []});
    expect(revisions()).toBe(1);
  });

  it('moves as soon as it has the set, when it had not at its first look at round B', async () => {
    const nodes = await threeInRoundB();
    await stepAll(nodes);
    await nodes[2]!.store(1);
    await runUntilEpoch(2n, nodes);
    expect(chain.outcomes.get(1n)).toMatchObject({missed: []});
    expect(revisions()).toBe(1);
  });

  it('stops trying to move when nobody has what the largest group has', async () => {
    const nodes = await threeInRoundB();
    for (let look = 0; look < 50; look++) await stepAll(nodes);
    const movesOf = ({recorder}: TestNode) =>
      recorder.lines.filter(({event}) => event === 'set.moved').length;
    expect(nodes.map(movesOf)).toEqual([0, 0, 8]);
  });

  it('sends the same bytes again until they are accepted', async () => {
    const node = new TestNode(chain, {number: 1});
    await runUntilEpoch(1n, [node]);
    chain.losesTransactions = true;
    for (let look = 0; look < 3; look++) await node.step();
    chain.losesTransactions = false;
    await node.step();
    chain.advance(100);
    expect(chain.issued).toHaveLength(4);
    expect(new Set(chain.issued.map(bytesToHex)).size).toBe(1);
    expect(chain.dutiesOf(node.nodeIdText).accepted.roundA).not.toBeNull();
  });

  it('signs once across a restart of the node, between signing and sending too', async () => {
    const first = new TestNode(chain, {number: 1});
    await runUntilEpoch(1n, [first]);
    chain.losesTransactions = true;
    await first.step();
    chain.losesTransactions = false;
    const {ledgerStore, records} = first;
    const second = new TestNode(chain, {number: 1, ledger: ledgerStore, records});
    await second.step();
    expect(new Set(chain.issued.map(bytesToHex)).size).toBe(1);
    await runUntilEpoch(3n, [second]);
    expect(chain.outcomes.get(1n)?.missed).toEqual([]);
    expect(chain.outcomes.get(2n)?.missed).toEqual([]);
  });

  it('does not send what it could not write down', async () => {
    const node = new TestNode(chain, {number: 1});
    await runUntilEpoch(1n, [node]);
    node.ledgerStore.batch = () => Promise.reject(new Error('disk full'));
    await expect(node.step()).rejects.toThrow('disk full');
    expect(chain.issued).toEqual([]);
  });

  it.each(['STORAGE_FULL', 'STORAGE_READ_ONLY'] as const)(
    'goes on without its duty while the disk says %s, and does it as soon as it can',
    async (code) => {
      const node = new TestNode(chain, {number: 1});
      await runUntilEpoch(1n, [node]);
      const batch = node.ledgerStore.batch.bind(node.ledgerStore);
      node.ledgerStore.batch = () => Promise.reject(new StorageError(code, {location: '/ledger'}));
      for (let i = 0; i < 3; i++) await node.step();
      expect(chain.issued).toEqual([]);
      expect(node.recorder.events()).toContain('ledger.failed');
      node.ledgerStore.batch = batch;
      await runUntilEpoch(2n, [node]);
      expect(chain.outcomes.get(1n)?.missed).toEqual([]);
    },
  );

  it('waits for a chain that is away and goes on where it stands', async () => {
    const node = new TestNode(chain, {number: 1});
    await runUntilEpoch(1n, [node]);
    chain.isDown = true;
    const pending = node.step();
    while (node.recorder.pauses.length < 5) await new Promise(setImmediate);
    chain.isDown = false;
    await pending;
    await runUntilEpoch(2n, [node]);
    expect(chain.outcomes.get(1n)?.missed).toEqual([]);
    const events = node.recorder.events();
    expect(events.filter((event) => event === 'chain.silent')).toHaveLength(1);
    expect(events.filter((event) => event === 'chain.back')).toHaveLength(1);
  });

  it('retries a duty whose sending failed', async () => {
    const node = new TestNode(chain, {number: 1});
    await runUntilEpoch(1n, [node]);
    const call = chain.call.bind(chain);
    let failures = 2;
    chain.call = async (method, params, signal) => {
      if (method === 'issueTx' && failures-- > 0) {
        throw new ClientError('CLIENT_TIMEOUT', {host: 'fake', timeoutMs: 1});
      }
      return call(method, params, signal);
    };
    await runUntilEpoch(2n, [node]);
    expect(chain.outcomes.get(1n)?.missed).toEqual([]);
    expect(node.recorder.events().filter((event) => event === 'duty.failed')).toHaveLength(2);
  });

  it('says honest numbers: used at least the bytes of W, used + free at most the capacity', async () => {
    const node = new TestNode(chain, {number: 1});
    for (let number = 1; number <= 3; number++) await node.store(number);
    await runUntilEpoch(2n, [node]);
    const answer = [...chain.accepted.values()]
      .map((tx) => decode(Tx, tx).unsigned)
      .find(({type}) => type === 'uptimeResponse');
    expect(answer?.value.body).toMatchObject({capacity: 5000n, used: 4500n, free: 500n});
  });
});
