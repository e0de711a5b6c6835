import {formatAmount} from '../../client/amounts.ts';
import type {ServiceNodeInfo} from '../../protocol/api.ts';
import {assertRunning} from '../node-process.ts';
import {allServiceNodes, waitUntil} from './chain-view.ts';
import {confirm} from './checks.ts';
import {epochStartMs, type Story} from './story.ts';

/** Epochs that registering may take before the demo gives up: one may slip. */
const PATIENCE_EPOCHS = 2n;

function sayProcesses({network, narrator}: Story): void {
  const names = network.nodes.map(({name, pid}) => `node ${name} pid ${pid}`);
  for (let row = 0; row < names.length; row += 4) {
    narrator.line(names.slice(row, row + 4).join('   '));
  }
  const nodes = network.nodes.map(({name, pid, owner}) => ({name, pid, owner}));
  narrator.facts('nodes', {nodes});
}

/** Every node as a process of its own, registered by its own transaction. Answers by how many epochs the story begins later. */
export async function tellRegistration(story: Story): Promise<bigint> {
  const {network, narrator, signal, client, nodeCount, info} = story;
  // The others need one that they can begin with.
  await network.startNode(0);
  const others = Array.from({length: nodeCount - 1}, (_, index) => network.startNode(index + 1));
  await Promise.all(others);
  sayProcesses(story);
  const nodes = await waitUntil<ServiceNodeInfo[]>({
    what: 'registration of every node',
    deadlineMs: epochStartMs(story, PATIENCE_EPOCHS),
    signal,
    async probe() {
      for (const node of network.nodes) assertRunning(node);
      const found = await allServiceNodes(client);
      narrator.waiting(`${found.length} of ${nodeCount} nodes are registered`);
      return found.length >= nodeCount ? found : undefined;
    },
  });
  const owners = new Set(network.nodes.map(({owner}) => owner));
  const stake = formatAmount(BigInt(info.minStake), info.token);
  const active = nodes.filter(
    (node) => owners.has(node.owner) && node.status === 'active' && node.stake === info.minStake,
  );
  confirm(narrator, {
    name: 'nodes-registered',
    sentence: `${nodeCount} service nodes, each a process of its own, registered with a stake of ${stake}`,
    holds:
      nodes.length === nodeCount &&
      active.length === nodeCount &&
      new Set(network.nodes.map(({pid}) => pid)).size === nodeCount,
    found: {nodes: nodes.length, active: active.length},
  });
  const {totalBonded} = await client.call('getStakeSummary', {}, signal);
  const expected = BigInt(info.minStake) * BigInt(nodeCount);
  confirm(narrator, {
    name: 'stake-bonded',
    sentence: `${expected} base units are bonded`,
    holds: BigInt(totalBonded) === expected,
    found: {totalBonded},
  });
  const last = nodes.reduce((max, {registeredEpoch}) => {
    const epoch = BigInt(registeredEpoch);
    return epoch > max ? epoch : max;
  }, 0n);
  if (last > 0n) {
    const late = nodes.filter(({registeredEpoch}) => BigInt(registeredEpoch) === last).length;
    const longer = last === 1n ? 'an epoch' : `${last} epochs`;
    narrator.line(
      `${late} of the registrations slipped into epoch ${last}: the story takes ${longer} longer`,
    );
  }
  return last;
}
