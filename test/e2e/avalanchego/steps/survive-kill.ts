import type {BlockInfo} from '../../../../src/protocol/api.ts';
import {finedNodes} from '../chain-facts.ts';
import {check} from '../errors.ts';
import type {ChainStep, Stage} from '../stage.ts';
import {waitForAnswers} from './duties.ts';

type Ledger = {readonly head: BlockInfo; readonly fined: string};

async function readLedger(stage: Stage): Promise<Ledger> {
  const head = await stage.chain.call('getLastAccepted', {});
  return {head, fined: (await finedNodes(stage)).join()};
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
  check(after.fined === before.fined, 'no further fine', {
    before: before.fined,
    after: after.fined,
  });
  return `block ${height} ${id} stands, head ${after.head.height}`;
}

async function startAgain({first, chainId}: Stage): Promise<void> {
  await first.start();
  await first.waitForChain(chainId);
}

/** Kills the node alone; its plugin has to notice and go by itself. */
export const surviveNodeKill: ChainStep = {
  name: 'all answers are in, the node is killed with SIGKILL and started again',
  async run(stage) {
    await waitForAnswers(stage);
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
  name: 'all answers are in, the plugin is killed with SIGKILL and the node started again',
  async run(stage) {
    await waitForAnswers(stage);
    const before = await readLedger(stage);
    const pid = stage.first.killPlugin();
    stage.note(`plugin ${pid} killed`);
    await stage.first.stop();
    await startAgain(stage);
    return compareWith(before, stage);
  },
};
