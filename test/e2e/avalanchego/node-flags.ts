/** A node that is already up: the new one asks it for the chains. */
export type Peer = {readonly nodeId: string; readonly stakingPort: number};

export type NodeFlags = {
  readonly httpPort: number;
  readonly stakingPort: number;
  readonly dataDir: string;
  readonly pluginDir: string;
  readonly chainConfigDir: string;
  readonly trackSubnet?: string | undefined;
  readonly bootstrapFrom: readonly Peer[];
};

/**
 * Flags of a node in a local network of our own. The network's five well-known stakers are not
 * there, so stake is not looked at (sybil protection off: each connected node that tracks the subnet
 * validates it), and only the named peers are asked for chains. The node makes and keeps its own
 * certificate, so its NodeID survives a restart.
 */
export function nodeFlags(node: NodeFlags): readonly string[] {
  const {bootstrapFrom: peers, trackSubnet} = node;
  return [
    '--network-id=local',
    '--sybil-protection-enabled=false',
    `--bootstrap-ips=${peers.map(({stakingPort}) => `127.0.0.1:${stakingPort}`).join()}`,
    `--bootstrap-ids=${peers.map(({nodeId}) => nodeId).join()}`,
    `--http-port=${node.httpPort}`,
    `--staking-port=${node.stakingPort}`,
    '--http-host=127.0.0.1',
    '--staking-host=127.0.0.1',
    '--public-ip=127.0.0.1',
    '--network-allow-private-ips=true',
    // A lone node is healthy, and one that comes back is let in at once, not ten seconds later.
    '--network-health-min-conn-peers=0',
    '--network-inbound-connection-throttling-cooldown=0s',
    // A chain whose plugin was killed cannot say goodbye, and calls to it hang: a stop waits this long
    // for the one (default 1 min) and the other (10 s).
    '--consensus-shutdown-timeout=2s',
    '--http-shutdown-timeout=2s',
    `--data-dir=${node.dataDir}`,
    `--plugin-dir=${node.pluginDir}`,
    `--chain-config-dir=${node.chainConfigDir}`,
    '--log-level=info',
    // The default descriptor limit is above what many machines allow.
    '--fd-limit=16384',
    ...(trackSubnet === undefined ? [] : [`--track-subnets=${trackSubnet}`]),
  ];
}
