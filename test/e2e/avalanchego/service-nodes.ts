import {randomBytes} from 'node:crypto';
import {appendFileSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {addressOf, nodeIdOf, nodeIdToString} from '../../../src/crypto/ids.ts';
import {createSigner, type Signer} from '../../../src/crypto/ml-dsa.ts';
import {parseNodeConfig} from '../../../src/daemon/config.ts';
import {type Daemon, startDaemon} from '../../../src/daemon/daemon.ts';
import {createIdentity} from '../../../src/daemon/identity-files.ts';
import type {NodeIdentity} from '../../../src/daemon/node-secrets.ts';
import {createJsonLogger, createSystemPorts} from '../../../src/daemon/system-ports.ts';
import {type ChainId, toSigningSeed} from '../../../src/protocol/bytes.ts';
import type {Allocation} from '../../../src/protocol/chain/genesis.ts';

const OWNER_BALANCE = 1_000_000_000n;

type Member = {readonly owner: Signer; readonly identity: NodeIdentity; daemon: Daemon | undefined};

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

function createMember(): Member {
  const identity = createIdentity('node', random);
  if (identity.kind !== 'node') throw new TypeError('a node has a node identity');
  return {owner: createSigner(toSigningSeed(random(32))), identity, daemon: undefined};
}

/** The service nodes of a run: the daemon that `sessionvm node` runs, each with keys and disk of its own. */
export class ServiceNodes {
  /** What all of them said, as JSON lines. */
  readonly logFile: string;
  readonly #members: readonly Member[];
  readonly #folder: string;
  #chainId: ChainId | undefined;
  #failure: unknown;
  #addresses: readonly string[] = [];

  constructor(count: number, folder: string) {
    this.#members = Array.from({length: count}, createMember);
    this.#folder = folder;
    this.logFile = join(folder, 'service-nodes.log');
    appendFileSync(this.logFile, '');
  }

  get count(): number {
    return this.#members.length;
  }

  /** What ended a daemon that should have gone on. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Genesis balances of the owners: enough for a stake and its fee. */
  get allocations(): readonly Allocation[] {
    return this.#members.map(({owner}) => {
      return {address: addressOf(owner.publicKey), amount: OWNER_BALANCE};
    });
  }

  /** The account that pays for a member; it has sent nothing but the registration. */
  ownerOf(index: number): Signer {
    const member = this.#members[index];
    if (member === undefined) throw new RangeError(`no service node ${index}`);
    return member.owner;
  }

  /** NodeIDs of the first ones, or of all. */
  nodeIds(count = this.count): readonly string[] {
    const chainId = this.#chainId;
    if (chainId === undefined) throw new TypeError('a NodeID belongs to a chain');
    return this.#members.slice(0, count).map(({identity}) => {
      const {publicKey} = createSigner(identity.signingSeed);
      return nodeIdToString(nodeIdOf(chainId, publicKey));
    });
  }

  /** Where the last of those that have started is reached: multiaddrs with `/p2p/…`. */
  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** Starts all daemons; they register themselves. Each begins with the one before. */
  async start(rpc: string, chainId: ChainId): Promise<void> {
    this.#chainId = chainId;
    for (const [index, member] of this.#members.entries()) {
      this.#addresses = await this.#startOne(index, member, rpc);
    }
  }

  #startOne(index: number, member: Member, rpc: string): Promise<readonly string[]> {
    const {promise, resolve} = Promise.withResolvers<readonly string[]>();
    const logger = createJsonLogger((line) => {
      appendFileSync(this.logFile, line);
      const {event, addresses} = JSON.parse(line) as {event: string; addresses?: string};
      if (event === 'node.started' && addresses !== undefined) resolve(addresses.split(' '));
    }, Date.now);
    const config = parseNodeConfig({
      metrics: 'off',
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap: this.#addresses,
      rpc,
      data: join(this.#folder, `service-${index}`),
    });
    const {identity, owner} = member;
    member.daemon = startDaemon({config, identity, owner}, {...createSystemPorts(), logger});
    member.daemon.done.catch((error: unknown) => {
      this.#failure ??= error;
    });
    return promise;
  }

  async logTail(lines: number): Promise<readonly string[]> {
    return (await readFile(this.logFile, 'utf8')).trimEnd().split('\n').slice(-lines);
  }

  /** Silences the first ones for good. */
  async stop(count = this.count): Promise<void> {
    await Promise.all(this.#members.slice(0, count).map(({daemon}) => daemon?.stop()));
  }
}
