import {bytesToKey} from '../../src/protocol/bytes.ts';
import {runningTable, type WitnessTable} from '../../src/vm/epoch/witness-table.ts';
import {getEpochState} from '../../src/vm/state/singletons.ts';
import type {SimulatedChain} from './chain.ts';
import {setBit} from './dissent.ts';
import type {Assigned, EpochDuties} from './duties.ts';
import type {SeededRandom} from './random.ts';
import type {SimNode} from './sim-node.ts';

const PROBES = 3;
const NO_REPORT = new Uint8Array();
const NO_TARGETS = new Uint32Array();
const MAX_REPORT_BYTES = 128;

type Window = {readonly fromMs: number; readonly toMs: number};

/** The probes of one epoch: who looks at whom, and what is seen. */
export class Probes {
  readonly #table: WitnessTable;
  readonly #indexOf: ReadonlyMap<string, number>;
  readonly #targets: readonly (SimNode | undefined)[];
  /** Of each target: 1 when no probe of this epoch can miss it. */
  readonly #isAlwaysUp: Uint8Array;
  readonly #window: Window;
  readonly #random: SeededRandom;

  constructor(
    chain: SimulatedChain,
    init: {duties: EpochDuties; window: Window},
    random: SeededRandom,
  ) {
    const {duties, window} = init;
    this.#window = window;
    this.#random = random;
    const nodes = new Map(duties.all.map(({node}) => [node.mapKey, node]));
    this.#table = runningTable(chain.map, getEpochState(chain.map));
    const {witnesses, targets} = this.#table;
    this.#indexOf = new Map(witnesses.map(({nodeId}, i) => [bytesToKey(nodeId), i]));
    this.#targets = targets.map(({nodeId}) => nodes.get(bytesToKey(nodeId)));
    const {fromMs, toMs} = window;
    this.#isAlwaysUp = Uint8Array.from(this.#targets, (target) =>
      target?.uptime.isUpThroughout(fromMs, toMs) === true ? 1 : 0,
    );
  }

  /** One witness's bitmap: a target that answered one of three probes is reachable. */
  report({node}: Assigned): Uint8Array {
    const {fromMs, toMs} = this.#window;
    const index = this.#indexOf.get(node.mapKey);
    const targets = index === undefined ? NO_TARGETS : (this.#table.targetsOf[index] ?? NO_TARGETS);
    const instants = Array.from({length: PROBES}, () => this.#random.between(fromMs, toMs));
    const lookedAt = instants.filter((at) => node.uptime.isUp(at));
    if (targets.length === 0 || lookedAt.length === 0) return NO_REPORT;
    const bits = new Uint8Array(Math.min(MAX_REPORT_BYTES, Math.ceil(targets.length / 8)));
    const isHonest = node.kind !== 'lyingWitness';
    const count = Math.min(targets.length, bits.length * 8);
    for (let bit = 0; bit < count; bit++) {
      const target = targets[bit] ?? 0;
      const seen =
        this.#isAlwaysUp[target] === 1 ||
        lookedAt.some((at) => this.#targets[target]?.uptime.isUp(at) === true);
      if (seen === isHonest) setBit(bits, bit);
    }
    return bits;
  }
}
