import {chmod, writeFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {pluginLauncher} from '../../../../scripts/plugin-launcher.ts';
import {RpcChainClient} from '../../../../src/client/rpc-chain-client.ts';
import {check} from '../errors.ts';
import type {AvalancheNode} from '../node-process.ts';
import type {ChainStep, Stage} from '../stage.ts';
import {waitFor} from '../wait-for.ts';
import {acceptNext} from './joining-validators.ts';

export const HOSTILE = 'hostile';
const ATTACK_TIMEOUT_MS = 60_000;
const program = resolve(import.meta.dirname, '../hostile-plugin/main.ts');

/** Plugin processes of the honest nodes when the attack began. */
const pids = new Map<string, string>();

const pidsOf = (node: AvalancheNode): string =>
  node
    .plugins()
    .map(({pid}) => pid)
    .join();

export const honestNodes = ({network}: Stage): readonly AvalancheNode[] =>
  network.nodes.filter(({name}) => name !== HOSTILE);

/** The harm arrives: others refuse its questions, and their own to it come to nothing. */
async function waitForAttack(nodes: readonly AvalancheNode[]): Promise<void> {
  for (const node of nodes) {
    await waitFor(`the attack at ${node.name}`, ATTACK_TIMEOUT_MS, async () => {
      const refused = await node.metric('session_peer_requests_refused_total');
      const unasked = await node.metric('session_peer_answers_unasked_total');
      const failed = await node.metric('session_peer_requests_failed_total');
      return refused > 0 && unasked + failed > 0 ? true : undefined;
    });
  }
}

/**
 * A node of the network whose plugin answers garbage, lies, is silent, floods. Stake is not looked at,
 * so it is a validator as the others are, and votes.
 */
export const hostileNode: ChainStep = {
  name: 'a fourth validator runs a hostile plugin: the others refuse it and go on',
  async run(stage) {
    const {network, subnetId, chainId, first} = stage;
    const honest = honestNodes(stage);
    for (const node of honest) pids.set(node.name, pidsOf(node));
    const pluginFile = join(first.folder, '..', 'hostile-plugin.sh');
    await writeFile(pluginFile, pluginLauncher({node: process.execPath, bundle: program}));
    await chmod(pluginFile, 0o755);
    const node = await network.addNode(HOSTILE, {from: honest, pluginFile});
    await node.writeChainConfig(chainId, '{"gossip": false, "stateSync": false}');
    await node.start({trackSubnet: subnetId});
    await node.waitForChain(chainId);
    await waitForAttack(honest);
    return acceptNext(stage, honest);
  },
};

/** Nobody but itself has lost anything by it. */
export const hostileCostsItself: ChainStep = {
  name: 'after all that the hostile one did, every other validator is healthy and at one with the rest',
  async run(stage) {
    const honest = honestNodes(stage);
    const facts = await acceptNext(stage, honest);
    let refused = 0;
    for (const node of honest) {
      const before = pids.get(node.name);
      const now = pidsOf(node);
      check(before === undefined || before === now, 'the same plugin process', {
        node: node.name,
        now,
      });
      const chain = new RpcChainClient({url: node.chainUrl(stage.chainId)});
      const {healthy, state} = await chain.call('health', {});
      check(healthy && state === 'normalOp', 'a healthy chain', {node: node.name, state});
      refused += await node.metric('session_peer_requests_refused_total');
    }
    return `${refused} of its questions refused; ${facts}`;
  },
};
