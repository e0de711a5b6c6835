import {signAccountTx} from '../../src/client/transactions.ts';
import {addressOf} from '../../src/crypto/ids.ts';
import {createSigner, type Signer} from '../../src/crypto/ml-dsa.ts';
import {
  connectHosts,
  type Peer,
  type PeerNetwork,
  type PeerNetworkOptions,
} from '../../src/devnet/host/peers.ts';
import type {BuiltBlock} from '../../src/devnet/host/vm-messages.ts';
import type {Host} from '../../src/devnet/host.ts';
import {toSigningSeed} from '../../src/protocol/bytes.ts';
import {createGenesis} from '../../src/protocol/chain/genesis.ts';
import {type Bench, CHAIN, POOR} from './harness.ts';

/** Accounts with money, so that a transaction of one never waits for another's. */
export const SIGNERS: readonly Signer[] = Array.from({length: 8}, (_, n) =>
  createSigner(toSigningSeed(new Uint8Array(32).fill(0x40 + n))),
);

export type TxChanges = {
  readonly nonce?: bigint;
  readonly amount?: bigint;
  readonly chain?: typeof CHAIN;
};

/** The n-th account's transfer of one unit. */
export function payment(n: number, changes: TxChanges = {}): Uint8Array {
  const {nonce = 0n, amount = 1n, chain = CHAIN} = changes;
  const signer = SIGNERS[n];
  if (signer === undefined) throw new Error(`no account ${n}`);
  const body = {type: 'transfer', value: {to: POOR, amount}} as const;
  return signAccountTx({chain, body, nonce, fee: 1000n, expiryHeight: 1_000_000n}, signer).bytes;
}

function genesis(): Uint8Array {
  const timestamp = Math.floor(Date.now() / 1000) - 100;
  const allocations = SIGNERS.map(({publicKey}) => ({
    address: addressOf(publicKey),
    amount: 1_000_000_000n,
  }));
  return createGenesis({preset: 'lux', timestamp, allocations, message: ''});
}

export type ValidatorsInit = {
  readonly count: number;
  /** Others that are connected to all of them. */
  readonly others?: readonly Peer[];
  readonly isLost?: NonNullable<PeerNetworkOptions['isLost']>;
};

/** Several plugins of one chain, each under a host of its own; the test plays their consensus. */
export class Validators {
  readonly hosts: readonly Host[];
  readonly network: PeerNetwork;
  /** Calls that failed: a peer's message never is the reason of one. */
  readonly failures: readonly unknown[];

  constructor(hosts: readonly Host[], network: PeerNetwork, failures: readonly unknown[]) {
    this.hosts = hosts;
    this.network = network;
    this.failures = failures;
  }

  static async start(bench: Bench, init: ValidatorsInit): Promise<Validators> {
    const genesisBytes = genesis();
    const hosts: Host[] = [];
    for (let n = 0; n < init.count; n++) {
      const nodeId = new Uint8Array(20).fill(0xa0 + n);
      const host = await bench.start({genesisBytes, nodeId});
      // Its own loop would decide without the others.
      await host.engine?.stop();
      hosts.push(host);
    }
    const failures: unknown[] = [];
    const network = await connectHosts([...hosts, ...(init.others ?? [])], {
      onError: (error) => failures.push(error),
      ...(init.isLost === undefined ? {} : {isLost: init.isLost}),
    });
    return new Validators(hosts, network, failures);
  }

  /** The n-th builds a block, and all verify it. */
  async propose(n: number): Promise<BuiltBlock> {
    const host = this.hosts[n];
    if (host === undefined) throw new Error(`no validator ${n}`);
    const block = await host.vm.call('BuildBlock', {});
    for (const {vm} of this.hosts) await vm.call('BlockVerify', {bytes: block.bytes});
    return block;
  }

  async accept({id}: Pick<BuiltBlock, 'id'>): Promise<void> {
    for (const {vm} of this.hosts) {
      await vm.call('SetPreference', {id});
      await vm.call('BlockAccept', {id});
    }
  }

  async reject({id}: Pick<BuiltBlock, 'id'>): Promise<void> {
    for (const {vm} of this.hosts) await vm.call('BlockReject', {id});
  }

  /** The same number of each validator. */
  metrics(name: string): Promise<readonly number[]> {
    return Promise.all(this.hosts.map((host) => metricOf(host, name)));
  }
}

/** Value of a counter or gauge that the plugin reports. */
export async function metricOf(host: Host, wanted: string): Promise<number> {
  const {metricFamilies} = await host.vm.call('Gather', {});
  const metric = metricFamilies.find(({name}) => name === wanted)?.metric[0];
  const value = (metric?.['gauge'] ?? metric?.['counter']) as {readonly value: number} | undefined;
  if (value === undefined) throw new Error(`no metric ${wanted}`);
  return value.value;
}
