import type {PresetName} from '../../src/protocol/chain/rules.ts';
import type {ParsedTx} from '../../src/vm/parsed-tx.ts';
import {faultRecords} from '../../src/vm/state/node-notes.ts';
import {SimulatedChain} from './chain.ts';
import {Dissent} from './dissent.ts';
import {type Assigned, EpochDuties} from './duties.ts';
import {equivocation} from './equivocation.ts';
import {checkInvariants} from './invariants.ts';
import {Owners} from './owners.ts';
import {Population} from './population.ts';
import {Probes} from './probes.ts';
import {SeededRandom} from './random.ts';
import {Tally} from './tally.ts';

export type SimulationInit = {
  readonly preset: PresetName;
  readonly nodes: number;
  readonly epochs: number;
  readonly seed: number;
  /** Share of the nodes replaced per epoch. */
  readonly churn: number;
};

const OWNERS_PER_NODE = 0.5;
const OWNER_BALANCE = 2n ** 50n;
/** A region fails: how often per epoch, what share of the nodes, for how many epochs. */
const OUTAGE = {chance: 0.004, share: [0.1, 0.6], epochs: [0.5, 5]} as const;
const EQUIVOCATION_CHANCE = 0.02;
const ROOT_EVERY = 24;
const SECOND_MS = 1000;

/** One chain with everybody on it, epoch by epoch. */
export class Simulation {
  readonly init: SimulationInit;
  readonly chain: SimulatedChain;
  readonly population: Population;
  readonly tally = new Tally();
  equivocations = 0;
  outages = 0;
  #epoch = 0;
  #dissent = new Dissent();
  readonly #random: SeededRandom;
  readonly #owners: Owners;

  constructor(init: SimulationInit) {
    this.init = init;
    this.#random = new SeededRandom(init.seed);
    this.#owners = new Owners(Math.max(4, Math.ceil(init.nodes * OWNERS_PER_NODE)));
    this.chain = new SimulatedChain(init.preset, this.#owners.accounts, OWNER_BALANCE);
    this.population = new Population({
      chain: this.chain,
      random: this.#random,
      owners: this.#owners,
      nodes: init.nodes,
      epochs: init.epochs,
      churn: init.churn,
      cohort: Math.min(Math.floor(init.nodes / 4), Math.max(12, Math.floor(init.nodes / 20))),
    });
  }

  get epoch(): number {
    return this.#epoch;
  }

  #strikeRegion(startMs: number): void {
    if (!this.#random.chance(OUTAGE.chance)) return;
    this.outages += 1;
    const share = this.#random.between(...OUTAGE.share);
    const length = this.#random.between(...OUTAGE.epochs) * this.chain.epochMs;
    const from = startMs + this.#random.between(0, this.chain.epochMs);
    for (const {uptime} of this.population.nodes()) {
      if (this.#random.chance(share)) uptime.addOutage(from, from + length);
    }
  }

  #equivocations(duties: readonly Assigned[]): ParsedTx[] {
    const faulty = duties.filter(
      ({node, nodeId}) =>
        node.kind === 'equivocator' &&
        !faultRecords.has(this.chain.map, nodeId) &&
        this.#random.chance(EQUIVOCATION_CHANCE),
    );
    return faulty.map((duty) => {
      this.equivocations += 1;
      const owner = this.#owners.next();
      return this.#owners.tx(
        this.chain,
        owner,
        'evidence',
        equivocation(this.chain, this.#epoch, duty),
      );
    });
  }

  /** Registrations, departures and withdrawals of this epoch. */
  #comeAndGo(atMs: number): ParsedTx[] {
    const seconds = this.chain.config.genesisTimeMs / 1000n + BigInt(Math.floor(atMs / SECOND_MS));
    const leaving = this.population.departures(this.#epoch, seconds);
    const coming = this.population.registrations(this.#epoch);
    return [...leaving, ...coming];
  }

  #fill(count: number, fromMs: number, toMs: number): void {
    for (let i = 0; i < count; i++) this.chain.run(fromMs + ((toMs - fromMs) * i) / count);
  }

  #answers(duties: EpochDuties, probes: Probes, start: number): ReadonlySet<string> {
    const {chain} = this;
    const {epochMs} = chain;
    const [from, to] = [answersFrom(chain, start), start + (epochMs * 5) / 6];
    const here = duties.all.filter(({node}) => node.uptime.isUpWithin(from, to - epochMs / 100));
    const txs = here.map((duty) => duties.answer(duty, probes.report(duty)));
    chain.run(from, txs);
    this.#fill(chain.config.rules.answerHeights + 1, from + SECOND_MS * 5, to);
    chain.run(to);
    return new Set(here.map(({node}) => node.mapKey));
  }

  /** Runs the next epoch and checks the laws at its end. */
  runEpoch(): void {
    const {chain} = this;
    const start = this.#epoch * chain.epochMs;
    this.#strikeRegion(start);
    for (const node of this.population.nodes()) node.uptime.advance(start, start + chain.epochMs);
    this.tally.record(chain.run(start), this.population.byId);
    const duties = new EpochDuties(chain, this.#epoch, this.population.byId);
    const probes = new Probes(
      chain,
      {
        duties,
        window: {fromMs: start, toMs: answersFrom(chain, start)},
      },
      this.#random,
    );
    const roundAEnd = start + chain.epochMs / 6;
    const here = duties.all.filter(
      ({node}) => node.canReveal && node.uptime.isUpWithin(start, roundAEnd - chain.epochMs / 100),
    );
    const commitments = here.map((duty) => duties.commitment(duty, this.#dissent.of(duty.nodeId)));
    chain.run(start + SECOND_MS / 2, [...this.#comeAndGo(start), ...commitments]);
    this.#fill(chain.config.rules.roundAHeights, start + epochStep(chain), roundAEnd - 1);
    chain.run(roundAEnd);
    chain.run(start + chain.epochMs / 3);
    const answered = this.#answers(duties, probes, start);
    this.#dissent = new Dissent(duties.members() as ReadonlyMap<number, Assigned[]>, answered);
    const proofs = this.#equivocations(here);
    if (proofs.length > 0) chain.run(start + (chain.epochMs * 11) / 12, proofs);
    checkInvariants(chain.map, this.population.observe());
    if (this.#epoch % ROOT_EVERY === 0) chain.map.root();
    this.#epoch += 1;
  }
}

/** When the nodes of an epoch that began then give their answers. */
const answersFrom = ({epochMs}: SimulatedChain, start: number): number =>
  start + epochMs / 3 + SECOND_MS;

const epochStep = ({epochMs}: SimulatedChain): number => epochMs / 60;
