import {nodeIdFromString, nodeIdToString} from '../../crypto/ids.ts';
import type {EpochInfo, ServiceNodeInfo, SwarmInfo} from '../../protocol/api.ts';
import {answerOverNothing, dutiesOf, hashFromHex, mixOf, readEpoch} from './answers.ts';
import {allServiceNodes, waitForEpoch} from './chain-view.ts';
import {confirm} from './checks.ts';
import type {EpochSeen} from './first-epoch-chapter.ts';
import {type Conversation, confirmInW, majorityOf} from './message-chapter.ts';
import {epochStartMs, nodeNames, type Story, withProcesses} from './story.ts';
import {nodeTable} from './table.ts';

const VICTIMS = 2;

/**
 * SIGKILL for two members of Bob's swarm, the one that took Alice's message among them: they have no
 * chance to say goodbye.
 */
export async function tellKill(
  story: Story,
  {members}: EpochSeen,
  {swarmId, stored}: Conversation,
): Promise<ReadonlySet<string>> {
  const {client, narrator} = story;
  const nodes = await allServiceNodes(client);
  const coordinator = nodeIdToString(stored[1].coordinator);
  const others = (members.get(swarmId) ?? []).filter((id) => id !== coordinator);
  const chosen = new Set([coordinator, ...others].slice(0, VICTIMS));
  const victims = withProcesses(story, nodes).filter(({node}) => chosen.has(node.nodeId));
  const exits = await Promise.all(victims.map(({process}) => process.kill()));
  const names = victims.map(({process}) => `node ${process.name} (pid ${process.pid})`);
  narrator.facts('killed', {pids: victims.map(({process}) => process.pid)});
  confirm(narrator, {
    name: 'two-killed',
    sentence: `${names.join(' and ')} of Bob’s swarm are killed with SIGKILL`,
    holds: exits.length === VICTIMS && exits.every(({signal}) => signal === 'SIGKILL'),
    found: {killed: exits.length},
  });
  return chosen;
}

/** Every answer of the judged epoch once more, from nothing but the bytes of its blocks. */
export async function tellRecomputation(story: Story, seen: EpochSeen): Promise<void> {
  const {client, narrator, network, info, nodeCount} = story;
  const {epoch, members} = seen;
  const {height} = await client.call('getLastAccepted', {});
  const heights = {from: seen.fromHeight, to: BigInt(height)};
  const duties = await dutiesOf(client, epoch, heights);
  const sizes = new Map([...members].map(([swarmId, ids]) => [swarmId, ids.length]));
  const chain = {networkId: info.networkId, chainId: network.files.chainId};
  const record = readEpoch(duties, chain, sizes);
  const mix = mixOf(hashFromHex(seen.mixBefore), record.reveals);
  let equal = 0;
  for (const [swarmId, ids] of members) {
    const w = record.majorities.get(swarmId);
    if (w === undefined || w !== seen.majorities.get(swarmId)) continue;
    for (const id of ids) {
      const expected = answerOverNothing(mix, hashFromHex(w), nodeIdFromString(id));
      if (record.answers.get(id) === expected) equal++;
    }
  }
  confirm(narrator, {
    name: 'answers-recomputed',
    sentence: `the ${nodeCount} answers of epoch ${epoch}, read from the blocks, equal what we compute from reveals, W and NodeID`,
    holds: equal === nodeCount && record.recordCount === 0n,
    found: {equal, answers: record.answers.size, duties: duties.length},
  });
}

const HALF_PERCENT_OF = (principal: bigint): bigint => principal / 200n;

function confirmFines(
  story: Story,
  nodes: readonly ServiceNodeInfo[],
  killed: ReadonlySet<string>,
) {
  const {narrator, info, nodeCount} = story;
  const stake = BigInt(info.minStake);
  const missed = nodes.filter(({misses}) => misses > 0);
  const poorer = nodes.filter((node) => BigInt(node.stake) !== stake);
  const isKilled = ({nodeId}: ServiceNodeInfo): boolean => killed.has(nodeId);
  confirm(narrator, {
    name: 'exactly-two-fined',
    sentence: `exactly the two killed nodes missed; the other ${nodeCount - killed.size} passed and kept their stake`,
    holds:
      nodes.length === nodeCount &&
      missed.length === killed.size &&
      missed.every((node) => isKilled(node) && node.misses === 1) &&
      poorer.every(isKilled) &&
      nodes.every((node) => isKilled(node) || node.lastVerdict === 'pass'),
    found: {missed: missed.length, poorer: poorer.length},
  });
  const fine = HALF_PERCENT_OF(stake);
  confirm(narrator, {
    name: 'fine-is-half-percent',
    sentence: `each lost ${fine} of ${stake} base units: 0.5 % of its principal, ${stake - fine} are left`,
    holds: nodes.filter(isKilled).every((node) => BigInt(node.stake) === stake - fine),
    found: {
      stakes: nodes
        .filter(isKilled)
        .map((node) => node.stake)
        .join(' '),
    },
  });
  return fine * BigInt(killed.size);
}

/** The next epoch's first block books the misses. Answers what they burned. */
export async function tellFines(
  story: Story,
  seen: EpochSeen,
  {
    killed,
    conversation,
  }: {readonly killed: ReadonlySet<string>; readonly conversation: Conversation},
): Promise<bigint> {
  const {client, narrator, signal, info} = story;
  const epoch = seen.epoch + 2n;
  const startMs = epochStartMs(story, epoch);
  const {epochSeconds, token} = info;
  let w: SwarmInfo['w'] = null;
  const describe = async ({phase}: EpochInfo): Promise<string> => {
    // Fixed when the answers begin. Asked for at the epoch's end it would be the next one's, which has none yet.
    if (phase === 'answers' || phase === 'rest') w ??= await majorityOf(story, conversation);
    return 'the two are silent, the others go on';
  };
  await waitForEpoch({client, narrator, signal, epoch, startMs, epochSeconds, describe});
  confirmInW(story, conversation, {epoch: epoch - 1n, w});
  const nodes = await allServiceNodes(client);
  for (const line of nodeTable(nodes, nodeNames(story, nodes), {token, killed}))
    narrator.line(line);
  narrator.facts('table', {nodes});
  return confirmFines(story, nodes, killed);
}
