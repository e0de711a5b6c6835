import {bytesToKey, toKemPublicKey, toSignature} from '../../src/protocol/bytes.ts';
import {
  SCHEME_ML_DSA_65,
  SCHEME_ML_KEM_768,
} from '../../src/protocol/chain/register-service-node.ts';
import {nodeIdOf, SERVICE_NODE_PREFIX} from '../../src/protocol/chain/state-keys.ts';
import {ServiceNode, STATUS} from '../../src/protocol/chain/state-records.ts';
import {decode} from '../../src/protocol/codec.ts';
import type {ParsedTx} from '../../src/vm/parsed-tx.ts';
import type {TestAccount} from '../vm/driver.ts';
import type {SimulatedChain} from './chain.ts';
import type {Observed} from './invariants.ts';
import type {Owners} from './owners.ts';
import type {SeededRandom} from './random.ts';
import {type NodeKind, SimNode} from './sim-node.ts';
import {Uptime} from './uptime.ts';

const NO_SIGNATURE = toSignature(new Uint8Array(3309));
const KEM_KEY = toKemPublicKey(new Uint8Array(1184));
const MINUTE_MS = 60_000;

/** Share of the nodes of each misbehaving kind, and how long an outage of a machine lasts. */
const SHARES: readonly (readonly [NodeKind, number])[] = [
  ['equivocator', 0.002],
  ['lyingWitness', 0.01],
  ['cheat', 0.003],
];
const AVAILABILITY: Readonly<Record<NodeKind, number>> = {
  ordinary: 0.997,
  up99: 0.99,
  up999: 0.999,
  equivocator: 0.997,
  lyingWitness: 0.997,
  cheat: 0.997,
};

export type PopulationInit = {
  readonly chain: SimulatedChain;
  readonly random: SeededRandom;
  readonly owners: Owners;
  readonly nodes: number;
  readonly epochs: number;
  /** Share of the nodes that leaves, and is replaced, in each epoch. */
  readonly churn: number;
  /** Nodes of each of the two cohorts that stay for the whole run. */
  readonly cohort: number;
};

/** A retired node, and when it may withdraw, Unix seconds. */
type Waiting = {readonly node: SimNode; readonly unbondsAt: bigint};

/** Who is there: registers, leaves and comes anew. */
export class Population {
  readonly #init: PopulationInit;
  readonly #nodes = new Map<string, SimNode>();
  readonly #owners = new Map<string, TestAccount>();
  /** The chain's records when it was last looked at, in NodeID order. */
  #seen: readonly Observed[] = [];
  readonly #byId = new Map<string, SimNode>();
  #made = 0;
  /** Nodes that wait for their stake: retired, those first whose stake is free first. */
  #gone: readonly Waiting[] = [];

  constructor(init: PopulationInit) {
    this.#init = init;
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** Of each kind that stays: who, for the report at the end. */
  cohort(kind: NodeKind): readonly SimNode[] {
    const gone = this.#gone.map(({node}) => node);
    return [...this.#nodes.values(), ...gone].filter((node) => node.kind === kind);
  }

  /** All that the chain knows, by bytesToKey of their ids. */
  get byId(): ReadonlyMap<string, SimNode> {
    return this.#byId;
  }

  *nodes(): Generator<SimNode> {
    yield* this.#nodes.values();
  }

  #kindOf(): NodeKind {
    const {cohort, random} = this.#init;
    if (this.#made < cohort) return 'up99';
    if (this.#made < 2 * cohort) return 'up999';
    let draw = random.next();
    for (const [kind, share] of SHARES) {
      if (draw < share) return kind;
      draw -= share;
    }
    return 'ordinary';
  }

  #make(epoch: number): SimNode {
    const {chain, random, epochs, churn} = this.#init;
    const kind = this.#kindOf();
    const stays = kind === 'up99' || kind === 'up999';
    const life = stays || churn === 0 ? epochs : 2 + Math.ceil(random.waiting(1 / churn));
    this.#made += 1;
    const uptime = new Uptime(random, {
      availability: AVAILABILITY[kind],
      meanOutageMs: Math.min(30 * MINUTE_MS, chain.epochMs / 2),
      fromMs: epoch * chain.epochMs,
    });
    const leavesAt = stays ? Number.POSITIVE_INFINITY : epoch + life;
    // Waiting for a seat, leaving and its queue take reveals too.
    const links = Math.min(epochs - epoch + 2, life + 80);
    return new SimNode({name: `${this.#made}`, kind, uptime, leavesAt, links});
  }

  /** Registrations that bring the population back to its size. */
  registrations(epoch: number): ParsedTx[] {
    const {chain, owners, nodes} = this.#init;
    const staying = [...this.#nodes.values()].filter(({hasDeregistered}) => !hasDeregistered);
    return Array.from({length: Math.max(0, nodes - staying.length)}, () => {
      const node = this.#make(epoch);
      const owner = owners.next();
      this.#nodes.set(node.name, node);
      this.#byId.set(node.mapKey, node);
      this.#owners.set(node.mapKey, owner);
      return owners.tx(chain, owner, 'registerServiceNode', {
        nodeId: node.nodeId,
        signatureScheme: SCHEME_ML_DSA_65,
        publicKey: node.key,
        kemScheme: SCHEME_ML_KEM_768,
        encryptionKey: KEM_KEY,
        hashChainTip: node.tip,
        stake: chain.config.rules.minStake,
        consent: NO_SIGNATURE,
      });
    });
  }

  /**
   * Those whose time has come ask to leave, and those that were decommissioned by penalty are given up by
   * their owners: somebody else comes. The stakes of those that left come back.
   */
  departures(epoch: number, nowSeconds: bigint): ParsedTx[] {
    const txs: ParsedTx[] = [];
    const left: Waiting[] = [];
    for (const node of this.#nodes.values()) {
      const {record} = node;
      if (record === undefined) continue;
      if (record.status === STATUS.retired) {
        this.#nodes.delete(node.name);
        left.push({node, unbondsAt: record.unbondsAt});
      } else if (node.hasDeregistered) {
        // It is on its way.
      } else if (record.status !== STATUS.active) {
        node.hasDeregistered = true;
      } else if (node.leavesAt <= epoch) {
        node.hasDeregistered = true;
        txs.push(this.#ask(node, 'deregisterServiceNode'));
      }
    }
    const waiting = [...this.#gone, ...left.sort((a, b) => Number(a.unbondsAt - b.unbondsAt))];
    return [...txs, ...this.#withdrawals(waiting, nowSeconds)];
  }

  #withdrawals(waiting: readonly Waiting[], nowSeconds: bigint): ParsedTx[] {
    const bound = waiting.findIndex(({unbondsAt}) => unbondsAt > nowSeconds);
    const free = bound < 0 ? waiting.length : bound;
    this.#gone = waiting.slice(free);
    return waiting.slice(0, free).map(({node}) => {
      const tx = this.#ask(node, 'withdrawStake');
      this.#byId.delete(node.mapKey);
      this.#owners.delete(node.mapKey);
      return tx;
    });
  }

  #ask(node: SimNode, kind: 'deregisterServiceNode' | 'withdrawStake'): ParsedTx {
    const {chain, owners} = this.#init;
    const owner = this.#owners.get(node.mapKey);
    if (owner === undefined) throw new Error('a node without an owner');
    return owners.tx(chain, owner, kind, {nodeId: node.nodeId});
  }

  /** Looks at the records as they are now: most are as they were, and known by their bytes. */
  observe(): readonly Observed[] {
    const seen: Observed[] = [];
    let at = 0;
    for (const [key, value] of this.#init.chain.map.entries(SERVICE_NODE_PREFIX)) {
      const before = this.#seen[at];
      if (before?.value === value) {
        seen.push(before);
        at += 1;
        continue;
      }
      const id = bytesToKey(nodeIdOf(key));
      while (isBefore(this.#seen[at], id)) at += 1;
      if (this.#seen[at]?.id === id) at += 1;
      const record = decode(ServiceNode, value);
      const node = this.#byId.get(id);
      if (node !== undefined) node.record = record;
      seen.push({id, value, record});
    }
    this.#seen = seen;
    return seen;
  }
}

/** Whether this is a record of a node before that one in the order of their ids: it is there no more. */
const isBefore = (observed: Observed | undefined, id: string): boolean =>
  observed !== undefined && observed.id < id;
