import {type Address, bytesToKey, type Hash, type NodeId} from '../../src/protocol/bytes.ts';
import {type WitnessTable, witnessTable} from '../../src/vm/epoch/witnesses.ts';
import {witnessRecords} from '../../src/vm/state/node-notes.ts';
import {getEpochState} from '../../src/vm/state/singletons.ts';
import type {SimulatedChain} from './chain.ts';
import {setBit} from './dissent.ts';
import type {Assigned, EpochDuties} from './duties.ts';
import type {SeededRandom} from './random.ts';
import type {SimNode} from './sim-node.ts';

const PROBES = 3;
const NO_REPORT = new Uint8Array();
const MAX_REPORT_BYTES = 128;

type Window = {readonly fromMs: number; readonly toMs: number};

/** The probes of one epoch: who looks at whom, and what is seen. */
export class Probes {
  readonly #table: WitnessTable;
  readonly #indexOf: ReadonlyMap<string, number>;
  readonly #targets: readonly (SimNode | undefined)[];
  readonly #random: SeededRandom;

  /** Right after the transition: `mix` is still that of the epoch's beginning. */
  constructor(
    chain: SimulatedChain,
    {duties, owner}: {duties: EpochDuties; owner: (nodeId: NodeId) => Address},
    random: SeededRandom,
  ) {
    const {map} = chain;
    const epoch = getEpochState(map);
    const mix: Hash = epoch.mix;
    const nodes = new Map(duties.all.map(({nodeId, node}) => [bytesToKey(nodeId), node]));
    this.#random = random;
    this.#table = witnessTable({
      duties: duties.all,
      ownerOf: ({nodeId}) => owner(nodeId),
      isExcluded: ({nodeId}) => witnessRecords.get(map, nodeId).excludedUntil > epoch.transitions,
      mix,
      swarmExponent: epoch.swarmExponent,
    });
    const {witnesses, targets} = this.#table;
    this.#indexOf = new Map(witnesses.map(({nodeId}, i) => [bytesToKey(nodeId), i]));
    this.#targets = targets.map(({nodeId}) => nodes.get(bytesToKey(nodeId)));
  }

  /** One witness's bitmap: a target that answered one of three probes is reachable. */
  report({node, nodeId}: Assigned, {fromMs, toMs}: Window): Uint8Array {
    const index = this.#indexOf.get(bytesToKey(nodeId));
    const targets = index === undefined ? [] : (this.#table.targetsOf[index] ?? []);
    const instants = Array.from({length: PROBES}, () => this.#random.between(fromMs, toMs));
    const lookedAt = instants.filter((at) => node.uptime.isUp(at));
    if (targets.length === 0 || lookedAt.length === 0) return NO_REPORT;
    const bits = new Uint8Array(Math.min(MAX_REPORT_BYTES, Math.ceil(targets.length / 8)));
    for (const [bit, target] of targets.entries()) {
      if (bit >= bits.length * 8) break;
      const seen = lookedAt.some((at) => this.#targets[target]?.uptime.isUp(at) === true);
      if (seen !== (node.kind === 'lyingWitness')) setBit(bits, bit);
    }
    return bits;
  }
}
