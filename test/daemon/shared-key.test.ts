import {beforeEach, describe, expect, it} from 'vitest';
import {DaemonError} from '../../src/daemon/errors.ts';
import {FakeChain} from './fake-chain.ts';
import {TestNode} from './test-node.ts';

let chain: FakeChain;
beforeEach(() => {
  chain = new FakeChain();
});

async function runUntil(isThere: () => boolean, nodes: readonly TestNode[]): Promise<void> {
  while (!isThere()) {
    for (const node of nodes) await node.step();
    chain.advance(500);
  }
}

async function refusal(node: TestNode): Promise<DaemonError> {
  const error = await node.step().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DaemonError);
  return error as DaemonError;
}

describe('a node key in two places', () => {
  it('stops at a duty of the running epoch that its ledger does not know', async () => {
    const original = new TestNode(chain, {number: 1});
    await runUntil(() => chain.epoch === 1n, [original]);
    const {pending} = chain;
    await original.step();
    chain.advance(500);
    expect(pending.size).toBe(0);
    const copy = new TestNode(chain, {number: 1});
    const error = await refusal(copy);
    expect(error.code).toBe('DAEMON_KEY_IN_USE_ELSEWHERE');
    expect(error.details).toMatchObject({nodeId: copy.nodeIdText, epoch: 1n, found: 'roundA'});
    expect(chain.issued).toHaveLength(1);
  });

  it('stops at a reveal of an earlier epoch that it did not make', async () => {
    const original = new TestNode(chain, {number: 1});
    await runUntil(() => chain.epoch === 2n, [original]);
    const issued = chain.issued.length;
    const error = await refusal(new TestNode(chain, {number: 1}));
    expect(error).toMatchObject({
      code: 'DAEMON_KEY_IN_USE_ELSEWHERE',
      details: {epoch: 2n, found: 'reveal'},
    });
    expect(chain.issued).toHaveLength(issued);
  });

  it('stops at another answer than its own', async () => {
    const original = new TestNode(chain, {number: 1});
    await runUntil(() => chain.epoch === 1n && chain.phase === 'answers', [original]);
    // A copy of the whole data folder, made before the answer.
    const copied = new TestNode(chain, {number: 1});
    for await (const [key, value] of original.ledgerStore.iterate()) {
      await copied.ledgerStore.batch([{type: 'put', key, value}], {sync: false});
    }
    await original.step();
    chain.advance(100);
    expect((await refusal(copied)).details).toMatchObject({found: 'answer'});
  });

  it('lets the original go on', async () => {
    const original = new TestNode(chain, {number: 1});
    await runUntil(() => chain.epoch === 2n, [original]);
    await refusal(new TestNode(chain, {number: 1}));
    await runUntil(() => chain.epoch === 3n, [original]);
    expect(chain.outcomes.get(2n)?.missed).toEqual([]);
  });

  it('takes over on the operator’s word, with duties from the next epoch on', async () => {
    const original = new TestNode(chain, {number: 1});
    await runUntil(() => chain.epoch === 2n, [original]);
    const issued = chain.issued.length;
    const heir = new TestNode(chain, {number: 1, takeOver: true});
    await runUntil(() => chain.epoch === 3n, [heir]);
    expect(chain.issued).toHaveLength(issued);
    expect(heir.recorder.events()).toContain('duty.taken-over');
    await runUntil(() => chain.epoch === 4n, [heir]);
    expect(chain.outcomes.get(3n)?.missed).toEqual([]);
    const {ledgerStore} = heir;
    const restarted = new TestNode(chain, {number: 1, ledger: ledgerStore});
    await runUntil(() => chain.epoch === 5n, [restarted]);
    expect(chain.outcomes.get(4n)?.missed).toEqual([]);
  });

  it('takes over only at its start: later traces stop it', async () => {
    const original = new TestNode(chain, {number: 1});
    await runUntil(() => chain.epoch === 2n, [original]);
    const heir = new TestNode(chain, {number: 1, takeOver: true});
    await heir.step();
    await runUntil(() => chain.epoch === 3n && chain.phase === 'roundB', [original]);
    expect((await refusal(heir)).code).toBe('DAEMON_KEY_IN_USE_ELSEWHERE');
  });

  it('refuses a chain that shows another hash chain than its own', async () => {
    const node = new TestNode(chain, {number: 1});
    const other = new TestNode(chain, {number: 2});
    const known = chain.nodes.get(node.nodeIdText)!;
    known.tip = chain.nodes.get(other.nodeIdText)!.tip;
    expect((await refusal(node)).code).toBe('DAEMON_HASH_CHAIN_MISMATCH');
  });
});
