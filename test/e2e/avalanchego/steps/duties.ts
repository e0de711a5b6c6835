import {idFromString} from '../../../../src/crypto/ids.ts';
import {toChainId} from '../../../../src/protocol/bytes.ts';
import {epochNow, finedNodes, listNodes} from '../chain-facts.ts';
import {check, E2eError} from '../errors.ts';
import type {ChainStep, Stage} from '../stage.ts';
import {waitFor} from '../wait-for.ts';

/** An epoch is 20 s; two of them and a slow machine. */
const TURN_TIMEOUT_MS = 60_000;
/** A late registration costs an epoch. */
const SEATS_TIMEOUT_MS = 120_000;
const SILENT = 2;
/** The epoch of a kill, the one in which the chain came back, and one without disturbance. */
const TURNS_TO_RECOVER = 3;

/** A daemon that has ended would make every later step wait in vain. */
function requireDaemons({serviceNodes}: Stage): void {
  if (serviceNodes.failure !== undefined) throw serviceNodes.failure;
}

/** Waits for the next turn and answers the epoch that it began. */
async function nextTurn(stage: Stage): Promise<bigint> {
  const before = await epochNow(stage);
  return waitFor('the next turn', TURN_TIMEOUT_MS, async () => {
    requireDaemons(stage);
    const now = await epochNow(stage);
    return now > before ? now : undefined;
  });
}

export const registerNodes: ChainStep = {
  name: '16 service nodes register themselves by transactions',
  async run(stage) {
    const {serviceNodes, chain, first, chainId} = stage;
    await serviceNodes.start(first.chainUrl(chainId), toChainId(idFromString(chainId)));
    const {totalBonded} = await waitFor('16 registrations', TURN_TIMEOUT_MS, async () => {
      requireDaemons(stage);
      const summary = await chain.call('getStakeSummary', {});
      return summary.nodeCount === serviceNodes.count ? summary : undefined;
    });
    const registered = (await listNodes(stage)).map(({nodeId}) => nodeId).sort();
    const expected = [...serviceNodes.nodeIds()].sort();
    check(registered.join() === expected.join(), 'the NodeIDs that the keys give');
    check(totalBonded === '1600000000', '16 stakes of 100 LUX', {totalBonded});
    return `${totalBonded} base units bonded in epoch ${await epochNow(stage)}`;
  },
};

export const formSwarms: ChainStep = {
  name: 'they are drawn into two swarms',
  async run(stage) {
    stage.note('seats come at the turn after the next');
    const sizes = await waitFor('16 seats', SEATS_TIMEOUT_MS, async () => {
      requireDaemons(stage);
      const {items} = await stage.chain.call('listSwarms', {});
      const counts = items.map(({members}) => members.length);
      return counts.reduce((a, b) => a + b, 0) === stage.serviceNodes.count ? counts : undefined;
    });
    check(sizes.join() === '8,8', 'two swarms of eight', {sizes: sizes.join()});
    return `${sizes.join(' and ')} members, epoch ${await epochNow(stage)}`;
  },
};

export const everybodyPasses: ChainStep = {
  name: 'an epoch turns: all 16 committed, answered and pass',
  async run(stage) {
    const epoch = await waitFor('16 verdicts', SEATS_TIMEOUT_MS, async () => {
      requireDaemons(stage);
      const nodes = await listNodes(stage);
      const judged = nodes.every(({lastVerdict}) => lastVerdict !== 'none');
      return judged ? epochNow(stage) : undefined;
    });
    const verdicts = (await listNodes(stage)).map(({lastVerdict}) => lastVerdict);
    check(
      verdicts.every((verdict) => verdict === 'pass'),
      'only passes',
      {
        verdicts: verdicts.join(),
      },
    );
    const {burned} = await stage.chain.call('getStakeSummary', {});
    check(burned === '0', 'nothing burned', {burned});
    return `judged at the turn to epoch ${epoch}`;
  },
};

export const finesTheSilent: ChainStep = {
  name: 'two fall silent and lose exactly 0.5 %, nobody else anything',
  async run(stage) {
    const {serviceNodes, chain} = stage;
    await serviceNodes.stop(SILENT);
    const silent = serviceNodes.nodeIds(SILENT);
    stage.note(`silent: ${silent.join(', ')}`);
    await nextTurn(stage);
    const nodes = await listNodes(stage);
    for (const {nodeId, stake, misses} of nodes) {
      const expected = silent.includes(nodeId) ? ['99500000', 1] : ['100000000', 0];
      check(stake === expected[0] && misses === expected[1], 'the right stake', {
        nodeId,
        stake,
        misses,
      });
    }
    const {burnedByMisses, balances, totalBonded, unbonding, burned, treasury, supply} =
      await chain.call('getStakeSummary', {});
    check(burnedByMisses === '1000000', 'two fines of 500000', {burnedByMisses});
    const parts = [balances, totalBonded, unbonding, burned, treasury];
    const sum = parts.reduce((total, part) => total + BigInt(part), 0n);
    check(sum === BigInt(supply), 'everything adds up to genesis', {sum, supply});
    return `${burnedByMisses} base units burned; ${parts.join(' + ')} = ${supply}`;
  },
};

/** The 14 that go on have all been heard in the running epoch. */
export async function waitForAnswers(stage: Stage): Promise<void> {
  const alive = stage.serviceNodes.nodeIds().slice(SILENT);
  await waitFor('14 answers', TURN_TIMEOUT_MS, async () => {
    requireDaemons(stage);
    const duties = await Promise.all(
      alive.map((nodeId) => stage.chain.call('getDuties', {nodeId})),
    );
    return duties.every(({accepted}) => accepted.answer !== null) ? true : undefined;
  });
}

/** Verdicts of those who go on, as the last turn gave them. */
async function verdictsOfTheAlive(stage: Stage): Promise<readonly string[]> {
  const silent = stage.serviceNodes.nodeIds(SILENT);
  const alive = (await listNodes(stage)).filter(({nodeId}) => !silent.includes(nodeId));
  return alive.map(({lastVerdict}) => lastVerdict);
}

/**
 * Those who had answered when something was killed are not fined for it. On a machine so slow that
 * the answers could not close before the turn, that epoch is unjudged: then the first judged one
 * after it counts too.
 */
export const nobodyElseIsFined: ChainStep = {
  name: 'the epoch of the kill turns: nobody but the silent two was ever fined',
  async run(stage) {
    const silent = [...stage.serviceNodes.nodeIds(SILENT)].sort().join();
    for (let turn = 1; turn <= TURNS_TO_RECOVER; turn++) {
      const epoch = await nextTurn(stage);
      const fined = [...(await finedNodes(stage))].sort().join();
      check(fined === silent, 'fines of the silent two only', {epoch, fined, silent});
      const verdicts = await verdictsOfTheAlive(stage);
      if (verdicts.every((verdict) => verdict === 'pass')) {
        return `${verdicts.length} passed at the turn to epoch ${epoch}`;
      }
      stage.note(`the turn to epoch ${epoch} left answers unjudged: the chain was down too long`);
    }
    throw new E2eError('E2E_CHECK', {expected: `a judged epoch within ${TURNS_TO_RECOVER} turns`});
  },
};
