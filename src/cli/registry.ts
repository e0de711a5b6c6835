import type {Command} from './command.ts';

type Row = {readonly summary: string; readonly load: () => Promise<{readonly command: Command}>};

/** Every command, in the order of the help. Each is loaded only when it is called. */
export const COMMANDS: Readonly<Record<string, Row>> = {
  send: {
    summary: 'seal a message for somebody and store it with his swarm',
    load: () => import('./commands/send.ts'),
  },
  read: {
    summary: 'show the messages that have come',
    load: () => import('./commands/read.ts'),
  },
  watch: {
    summary: 'show messages as they come',
    load: () => import('./commands/watch.ts'),
  },
  contact: {
    summary: 'contact cards: show, publish and keep them',
    load: () => import('./commands/contact.ts'),
  },
  did: {
    summary: 'look up a DID at the identity chain; show what one’s own needs',
    load: () => import('./commands/did.ts'),
  },
  inbox: {
    summary: 'one’s inbox: id, swarm, members, messages',
    load: () => import('./commands/inbox.ts'),
  },
  node: {
    summary: 'run a service node: keep inboxes, do its duties on the chain',
    load: () => import('./commands/node.ts'),
  },
  doctor: {
    summary: 'look at a service node: key, chain, clock, disk, registration, epoch',
    load: () => import('./commands/doctor.ts'),
  },
  keys: {
    summary: 'make or show an identity file; rotate or revoke a node’s transport key',
    load: () => import('./commands/keys.ts'),
  },
  account: {
    summary: 'balance and nonce of an account',
    load: () => import('./commands/account.ts'),
  },
  register: {
    summary: 'stake for a service node, from the request that it printed',
    load: () => import('./commands/register.ts'),
  },
  stake: {
    summary: 'add to the stake of a service node, or withdraw that of a retired one',
    load: () => import('./commands/stake.ts'),
  },
  maintenance: {
    summary: 'announce epochs in which a service node has no duties',
    load: () => import('./commands/maintenance.ts'),
  },
  deregister: {
    summary: 'take a service node out of duty',
    load: () => import('./commands/deregister.ts'),
  },
  transfer: {
    summary: 'send tokens to another account',
    load: () => import('./commands/transfer.ts'),
  },
  status: {
    summary: 'epoch, swarms, nodes, stake and misses as tables',
    load: () => import('./commands/status.ts'),
  },
  events: {
    summary: 'what accepted blocks change, as it comes: misses, epochs, nodes, swarms',
    load: () => import('./commands/events.ts'),
  },
  'bond-report': {
    summary: 'sign what is bonded on the chain, with proofs; check such a report',
    load: () => import('./commands/bond-report.ts'),
  },
  verify: {
    summary: 'a node, a swarm or a balance, proven against a state root',
    load: () => import('./commands/verify.ts'),
  },
  tx: {
    summary: 'look up a transaction',
    load: () => import('./commands/tx.ts'),
  },
  block: {
    summary: 'look up a block by height or id',
    load: () => import('./commands/block.ts'),
  },
  genesis: {
    summary: 'print genesis bytes for a new chain, or check a file of them',
    load: () => import('./commands/genesis.ts'),
  },
  upgrade: {
    summary: 'check a file of upgrades of a chain’s rules',
    load: () => import('./commands/upgrade.ts'),
  },
  plugin: {
    summary: 'install the plugin into a node’s plugin directory',
    load: () => import('./commands/plugin.ts'),
  },
  devnet: {
    summary: 'a whole local network for development and the demo',
    load: () => import('./commands/devnet.ts'),
  },
  version: {
    summary: 'name, VM id, version and plugin protocol',
    load: () => import('./commands/version.ts'),
  },
  'version-json': {
    summary: 'the same as JSON',
    load: () => import('./commands/version-json.ts'),
  },
};
