import type {ChainClient, NetworkInfo, ServiceNodeInfo} from '../../protocol/api.ts';
import type {Network} from '../network.ts';
import type {NodeProcess} from '../node-process.ts';
import type {Narrator} from './narrator.ts';

/** What every chapter of the demo needs. */
export type Story = {
  readonly network: Network;
  readonly client: ChainClient;
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
  /** By `getNetwork`. */
  readonly info: NetworkInfo;
  readonly nodeCount: number;
};

/** S_epoch of the chain, Unix ms. */
export function epochStartMs({info}: Story, epoch: bigint): number {
  return info.genesisTimeMs + Number(epoch) * info.epochSeconds * 1000;
}

/** Each node of the chain with the process that runs it, by their owner account. */
export function withProcesses(
  {network}: Story,
  nodes: readonly ServiceNodeInfo[],
): {readonly node: ServiceNodeInfo; readonly process: NodeProcess}[] {
  const byOwner = new Map(network.nodes.map((process) => [process.owner, process]));
  return nodes.flatMap((node) => {
    const process = byOwner.get(node.owner);
    return process === undefined ? [] : [{node, process}];
  });
}

/** `node 03` by NodeID, for tables and sentences. */
export function nodeNames(
  story: Story,
  nodes: readonly ServiceNodeInfo[],
): ReadonlyMap<string, string> {
  const pairs = withProcesses(story, nodes);
  return new Map(pairs.map(({node, process}) => [node.nodeId, `node ${process.name}`]));
}
