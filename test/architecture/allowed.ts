/** What the files of one folder of `src/` may import beside files of the same folder. */
export type Allowed = {
  readonly folders: readonly string[];
  /** npm packages, by name. */
  readonly npm: readonly string[];
  /** Modules of Node, without `node:`. */
  readonly node: readonly string[];
};

const GRPC = ['@grpc/grpc-js', '@grpc/proto-loader'];
const NOBLE = ['@noble/ciphers', '@noble/hashes', '@noble/post-quantum'];
const LIBP2P = [
  'libp2p',
  '@chainsafe/libp2p-noise',
  '@libp2p/crypto',
  '@libp2p/identify',
  '@libp2p/interface',
  '@libp2p/kad-dht',
  '@libp2p/peer-id',
  '@libp2p/ping',
  '@libp2p/tcp',
  '@libp2p/yamux',
  '@multiformats/multiaddr',
];

const FILES = ['fs', 'fs/promises', 'os', 'path'];
const PROCESS = ['events', 'process', 'stream', 'timers/promises'];

/**
 * The folder table of ARCHITECTURE.md. The inner folders reach nothing of the machine but
 * `node:crypto`; the outer ones name the modules that their ports are made of.
 */
export const ALLOWED: Readonly<Record<string, Allowed>> = {
  protocol: {folders: [], npm: [], node: []},
  crypto: {folders: ['protocol'], npm: [...NOBLE, 'hash-wasm'], node: ['crypto']},
  storage: {folders: ['protocol'], npm: ['level'], node: ['fs/promises']},
  swarm: {folders: ['protocol', 'crypto'], npm: [], node: []},
  vm: {folders: ['protocol', 'crypto', 'swarm'], npm: [], node: []},
  plugin: {
    // `swarm` answers swarmOf: plugin and daemon share it, so that both compute the same swarm.
    folders: ['vm', 'storage', 'swarm', 'crypto', 'protocol'],
    npm: [...GRPC, 'ws'],
    node: ['fs', 'path', ...PROCESS, 'child_process', 'http', 'http2', 'net'],
  },
  network: {folders: ['protocol', 'crypto'], npm: LIBP2P, node: []},
  messaging: {folders: ['storage', 'swarm', 'crypto', 'protocol'], npm: [], node: []},
  client: {folders: ['network', 'swarm', 'crypto', 'protocol'], npm: [], node: []},
  daemon: {
    folders: ['messaging', 'client', 'network', 'storage', 'swarm', 'crypto', 'protocol'],
    npm: ['prom-client'],
    node: ['fs', 'fs/promises', 'path', 'crypto', 'http', 'v8'],
  },
  devnet: {
    folders: ['client', 'storage', 'crypto', 'protocol'],
    npm: GRPC,
    node: [...FILES, ...PROCESS, 'readline', 'child_process', 'crypto', 'http', 'net'],
  },
  cli: {
    folders: ['daemon', 'plugin', 'client', 'devnet', 'crypto', 'protocol'],
    npm: [],
    node: [
      ...['fs', 'fs/promises', 'os', 'path', 'process', 'stream', 'timers/promises'],
      ...['readline', 'crypto', 'module', 'net', 'tty', 'util'],
    ],
  },
};
