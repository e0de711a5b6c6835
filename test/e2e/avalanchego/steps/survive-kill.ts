import type {BlockInfo} from '../../../../src/protocol/api.ts';
import {check} from '../errors.ts';
import type {ChainStep, Stage} from '../stage.ts';

type Ledger = {readonly head: BlockInfo; readonly burned: string};

async function readLedger({chain}: Stage): Promise<Ledger> {
  const head = await chain.call('getLastAccepted', {});
  const {burnedByMisses, burnedByFaults} = await chain.call('getStakeSummary', {});
  return {head, burned: `${burnedByMisses} by misses, ${burnedByFaults} by faults`};
}

/** The block read before stands at its height, the head is not below it, nobody was fined. */
async function compareWith(before: Ledger, stage: Stage): Promise<string> {
  const after = await readLedger(stage);
  const {height, id, stateRoot} = before.head;
  const still = await stage.chain.call('getBlockByHeight', {height});
  check(still.id === id, 'the same block at its height', {height, before: id, after: still.id});
  check(still.stateRoot === stateRoot, 'the same state root', {
    before: stateRoot,
    after: still.stateRoot,
  });
  check(BigInt(after.head.height) >= BigInt(height), 'a head that is not below', {
    before: height,
    after: after.head.height,
  });
  check(after.burned === before.burned, 'no fine', {before: before.burned, after: after.burned});
  return `block ${height} ${id} stands, head ${after.head.height}`;
}

async function startAgain({first, chainId}: Stage): Promise<void> {
  await first.start();
  await first.waitForChain(chainId);
}

/** Kills the node alone; its plugin has to notice and go by itself. */
export const surviveNodeKill: ChainStep = {
  name: 'the node is killed with SIGKILL and started again',
  async run(stage) {
    const before = await readLedger(stage);
    await stage.first.kill();
    await startAgain(stage);
    return compareWith(before, stage);
  },
};

/**
 * Kills the plugin alone. A node does not start a plugin again: it stays up without the chain, says
 * so on its health page within 30 s, and an operator restarts it.
 */
export const survivePluginKill: ChainStep = {
  name: 'the plugin is killed with SIGKILL and the node started again',
  async run(stage) {
    const before = await readLedger(stage);
    const pid = stage.first.killPlugin();
    stage.note(`plugin ${pid} killed`);
    await stage.first.stop();
    await startAgain(stage);
    return compareWith(before, stage);
  },
};
