import type {EpochInfo, ServiceNodeInfo, SwarmInfo} from '../../protocol/api.ts';
import {allServiceNodes, allSwarms, waitForEpoch} from './chain-view.ts';
import {confirm} from './checks.ts';
import {epochStartMs, type Story} from './story.ts';

/** What the chain said while the epoch ran, to be compared with its blocks later. */
export type EpochSeen = {
  readonly epoch: bigint;
  /** First height that may carry a duty of the epoch. */
  readonly fromHeight: bigint;
  /** Members at the epoch's start, by swarm. */
  readonly members: ReadonlyMap<number, readonly string[]>;
  /** Members that came to a swarm which served already: they serve when they have answered W. */
  readonly newcomers: ReadonlySet<string>;
  /** mix_{e−1}, as 0x-hex. */
  readonly mixBefore: string;
  /** W that the chain fixed, by swarm, as 0x-hex. */
  readonly majorities: ReadonlyMap<number, string>;
};

const SWARMS = 2;

function wait(story: Story, epoch: bigint, describe: (now: EpochInfo) => Promise<string> | string) {
  const {client, narrator, signal, info} = story;
  const {epochSeconds} = info;
  const startMs = epochStartMs(story, epoch);
  return waitForEpoch({client, narrator, signal, epoch, startMs, epochSeconds, describe});
}

/** Two epochs after the last registration every node has a seat. */
export async function tellSeats(story: Story, epoch: bigint): Promise<EpochSeen> {
  const {client, narrator, signal, nodeCount} = story;
  const now = await wait(story, epoch, () => 'it seats the registered nodes by the drawn mix');
  const {height} = await client.call('getLastAccepted', {}, signal);
  const swarms = await allSwarms(client);
  const nodes = await allServiceNodes(client);
  const seated = swarms.flatMap(({members}) => members);
  const sizes = swarms.map(({members}) => members.length);
  const isEven = sizes.every((size) => Math.abs(size - nodeCount / SWARMS) <= 1);
  confirm(narrator, {
    name: 'two-swarms',
    sentence: `the nodes form ${SWARMS} swarms of ${sizes.join(' and ')}; every node has exactly one seat`,
    holds:
      swarms.length === SWARMS &&
      isEven &&
      seated.length === nodeCount &&
      new Set(seated).size === nodeCount &&
      nodes.every((node) => swarms[node.swarmId ?? -1]?.members.includes(node.nodeId) === true),
    found: {swarms: swarms.length, seated: seated.length, sizes: sizes.join('+')},
  });
  const members = new Map(swarms.map((swarm) => [swarm.swarmId, swarm.members]));
  const joining = nodes.filter(({seat}) => seat === 'joining');
  const newcomers = new Set(joining.map(({nodeId}) => nodeId));
  // The seats came with the block that was last accepted just now, or one shortly before it.
  const margin = 64n;
  const fromHeight = BigInt(height) > margin ? BigInt(height) - margin : 1n;
  const mixBefore = now.drawn ? now.previousMix : now.mix;
  return {epoch, fromHeight, members, newcomers, mixBefore, majorities: new Map()};
}

async function progress(story: Story, now: EpochInfo): Promise<string> {
  const {client, signal, network} = story;
  const ids = network.nodes.map((node) => node.nodeId()).filter((id) => id !== undefined);
  const duties = await Promise.all(ids.map((nodeId) => client.call('getDuties', {nodeId}, signal)));
  const count = (done: (duty: (typeof duties)[number]) => boolean): number =>
    duties.filter(done).length;
  const committed = count(({accepted}) => accepted.roundA !== null);
  const answered = count(({accepted}) => accepted.answer !== null);
  return `phase ${now.phase}, ${committed} committed, ${answered} answered`;
}

function collectMajorities(swarms: readonly SwarmInfo[], into: Map<number, string>): void {
  for (const {swarmId, w} of swarms) {
    if (w !== null) into.set(swarmId, w.c);
  }
}

/** What became of the nodes that did not pass, for whoever reads the failure. */
function verdictsBut(
  passed: readonly ServiceNodeInfo[],
  nodes: readonly ServiceNodeInfo[],
): string {
  return nodes
    .filter((node) => !passed.includes(node))
    .map(({nodeId, lastVerdict, misses, lastMissEpoch, lastMissReasons}) => {
      const last =
        misses === 0 ? '' : `, the last in epoch ${lastMissEpoch}: ${lastMissReasons.join(' ')}`;
      return `${nodeId} ${lastVerdict}, misses ${misses}${last}`;
    })
    .join('; ');
}

/** Commitments, the majority of each swarm, answers; the next epoch's first block judges them. */
export async function tellDuties(story: Story, seats: EpochSeen): Promise<EpochSeen> {
  const {client, narrator, signal} = story;
  const {epoch} = seats;
  const majorities = new Map<number, string>();
  await wait(story, epoch + 1n, async (now) => {
    const before = majorities.size;
    if (now.phase === 'answers' || now.phase === 'rest') {
      collectMajorities(await allSwarms(client), majorities);
    }
    if (before < SWARMS && majorities.size === SWARMS) {
      for (const [swarmId, c] of majorities)
        narrator.line(`swarm ${swarmId}: W = ${c.slice(0, 18)}…`);
    }
    return progress(story, now);
  });
  confirm(narrator, {
    name: 'majorities',
    sentence: `in epoch ${epoch} each swarm agreed by majority on its stored set W`,
    holds: majorities.size === SWARMS,
    found: {swarmsWithMajority: majorities.size},
  });
  const nodes = await allServiceNodes(client);
  const {newcomers} = seats;
  const hasPassed = ({nodeId, lastVerdict, seat}: ServiceNodeInfo): boolean =>
    newcomers.has(nodeId) ? seat === 'serving' : lastVerdict === 'pass';
  const passed = nodes.filter((node) => node.misses === 0 && hasPassed(node));
  const those =
    newcomers.size === 0 ? '' : `; ${newcomers.size} of them by their first W, they serve from now`;
  confirm(narrator, {
    name: 'all-passed',
    sentence: `epoch ${epoch} is judged: all ${story.nodeCount} nodes passed${those}`,
    holds: nodes.length === story.nodeCount && passed.length === story.nodeCount,
    found: {passed: passed.length, others: verdictsBut(passed, nodes)},
  });
  const {burned} = await client.call('getStakeSummary', {}, signal);
  confirm(narrator, {
    name: 'nothing-burned',
    sentence: 'nobody paid anything',
    holds: burned === '0',
    found: {burned},
  });
  return {...seats, majorities};
}
