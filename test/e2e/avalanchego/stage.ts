import type {RpcChainClient} from '../../../src/client/rpc-chain-client.ts';
import type {LocalNetwork} from './network.ts';
import type {AvalancheNode} from './node-process.ts';
import type {ServiceNodes} from './service-nodes.ts';

/** What the steps after the start share: a chain that runs on the first node. */
export type Stage = {
  readonly network: LocalNetwork;
  readonly first: AvalancheNode;
  /** Ids in CB58. */
  readonly subnetId: string;
  readonly chainId: string;
  /** The chain's API at the first node. */
  readonly chain: RpcChainClient;
  readonly serviceNodes: ServiceNodes;
  /** A line of progress within the step. */
  readonly note: (line: string) => void;
};

/** One named check of the running chain. Returns the facts for its line of output. */
export type ChainStep = {
  readonly name: string;
  readonly run: (stage: Stage) => Promise<string>;
};
