import {dutiesOf} from '../reference/queries.ts';
import {type Config, type Times, timesOf, type Upgrade} from '../reference/rules.ts';
import type {Duty} from '../reference/state.ts';
import type {DutyTx} from '../reference/transactions.ts';
import {chooseAction} from './actions.ts';
import {CHAIN_ID, FILLER, NETWORK_ID, NODES_OF_CAST, PLAYERS} from './cast.ts';
import {
  commitmentOf,
  correctionOf,
  type EpochPlan,
  planEpoch,
  responseOf,
  spoiledDuty,
} from './duty-play.ts';
import {Pair} from './pair.ts';
import {changedRules, makeProfile, type Profile} from './profile.ts';
import {Random} from './random.ts';
import {Stage} from './stage.ts';

const GENESIS_MS = 1_767_225_600_000;
const BALANCE = 200_000n;
/** One history in so many is played as true blocks too. */
const WHOLE_EVERY = 40;

export type HistoryResult = {
  readonly index: number;
  readonly profile: string;
  readonly epochs: number;
  readonly blocks: number;
  readonly txs: number;
  readonly refused: ReadonlyMap<string, number>;
  readonly reached: readonly string[];
};

function makeUpgrades(random: Random, profile: Profile): Upgrade[] {
  const length = profile.rules.epochSeconds * 1000;
  const times = Array.from(
    {length: profile.upgrades},
    () => GENESIS_MS + random.between(1, profile.epochs) * length + random.between(-1, 1),
  );
  times.sort((a, b) => a - b);
  return times.map((activatesAtMs) => ({
    activatesAtMs,
    rules: changedRules(random, profile.rules),
  }));
}

type Setting = {readonly message: string; readonly whole: boolean};

function setStage(random: Random, profile: Profile, setting: Setting): Stage {
  const owners = random.shuffled(PLAYERS.slice(0, -1)).slice(0, profile.owners);
  const isLong = profile.epochs > 140;
  const cast = isLong ? NODES_OF_CAST.slice(0, profile.maxNodes) : random.shuffled(NODES_OF_CAST);
  const config: Config = {
    networkId: NETWORK_ID,
    chainId: CHAIN_ID,
    genesisTimeMs: GENESIS_MS,
    rules: profile.rules,
    upgrades: makeUpgrades(random, profile),
  };
  const allocations = new Map(owners.map(({address}) => [address, BALANCE]));
  allocations.set(FILLER.address, 1_000_000n);
  const pair = new Pair({config, allocations, ...setting});
  return new Stage(pair, {profile, random}, {owners, nodes: cast.slice(0, profile.maxNodes + 3)});
}

/** Times of the blocks of one epoch. */
function planBlocks(stage: Stage, times: Times): number[] {
  const {random, profile, pair} = stage;
  const {rules} = pair.world.config;
  const isHalted = random.chance(profile.haltRate);
  const between = (from: number, to: number): number => random.between(from, to - 1);
  const roundA = Array.from({length: random.between(1, Math.max(1, rules.roundAHeights))}, () =>
    between(times.start, times.roundAEnd),
  );
  const roundB = random.chance(0.5) ? [between(times.roundAEnd, times.roundBEnd)] : [];
  const first = random.chance(0.2)
    ? times.roundBEnd
    : between(times.roundBEnd, times.answersEnd - 2000);
  const early = random.below(Math.max(1, rules.answerHeights));
  const answers = Array.from({length: early}, () => between(first + 50, times.answersEnd));
  const late = Array.from({length: Math.max(1, rules.answerHeights - early)}, (_, i) =>
    random.chance(0.2) && i === 0 ? times.answersEnd : between(times.answersEnd, times.end),
  );
  const rest = random.chance(0.1) ? [between(times.answersEnd, times.end)] : [];
  if (!isHalted) return [...roundA, ...roundB, first, ...answers, ...late, ...rest];
  const parts = [
    roundA,
    [...roundA, ...roundB],
    [...roundB, first, ...answers, ...late],
    [...roundA, first, ...answers],
    late,
    [],
  ];
  return random.pick(parts) ?? [];
}

/** Plays one history. */
class Player {
  readonly stage: Stage;
  #plan: EpochPlan | undefined;
  #planned = -1;
  blocks = 0;

  constructor(stage: Stage) {
    this.stage = stage;
  }

  #plans(): EpochPlan {
    const {epoch} = this.stage.state;
    if (this.#plan === undefined || this.#planned !== epoch) {
      this.#plan = planEpoch(this.stage);
      this.#planned = epoch;
    }
    return this.#plan;
  }

  #dutyTx(duty: Duty, isLast: boolean): DutyTx | undefined {
    const {stage} = this;
    const {random} = stage;
    const plan = this.#plans();
    const isNow = isLast || random.chance(0.6);
    switch (stage.pair.block.phase) {
      case 'roundA':
        if (duty.roundA !== undefined || plan.absent.has(duty.nodeId) || !isNow) return undefined;
        return commitmentOf(stage, duty, plan);
      case 'roundB':
        if (duty.roundB !== undefined || !random.chance(plan.isBabel ? 0.7 : 0.12))
          return undefined;
        return correctionOf(stage, duty);
      case 'answers':
        if (duty.answer !== undefined || plan.silent.has(duty.nodeId) || !isNow) return undefined;
        return responseOf(stage, duty);
      case 'rest':
        return random.chance(0.01) ? responseOf(stage, duty) : undefined;
    }
  }

  /** @returns whether any was taken. */
  #duties(isLast: boolean): boolean {
    const {stage} = this;
    const {random, profile, pair, state} = stage;
    let isAny = false;
    for (const duty of dutiesOf(state, state.epoch)) {
      const tx = this.#dutyTx(duty, isLast);
      if (tx === undefined) continue;
      if (random.chance(profile.wrongRate / 4)) pair.execute(spoiledDuty(stage, tx));
      if (pair.execute(tx) === undefined) isAny = true;
      if (random.chance(profile.wrongRate / 10)) pair.execute({...tx, id: stage.nextId()});
    }
    return isAny;
  }

  #actions(count: number): boolean {
    const {stage} = this;
    let isAny = false;
    for (let i = 0; i < count; i++) {
      const tx = chooseAction(stage);
      if (tx !== undefined && stage.pair.execute(tx) === undefined) isAny = true;
    }
    return isAny;
  }

  #block(timestamp: number, {actions, isLast}: {actions: number; isLast: boolean}): void {
    const {stage} = this;
    const {pair, random} = stage;
    const {world} = pair;
    const earliest = world.timestamp + world.config.rules.minBlockIntervalMs;
    const time = Math.max(earliest, timestamp);
    const block = pair.open(world.height + 1, time);
    const isFirst = random.chance(0.5);
    let isAny = isFirst ? this.#actions(actions) : false;
    if (this.#duties(isLast)) isAny = true;
    if (!isFirst && this.#actions(actions)) isAny = true;
    if (!isAny && !block.mayBeEmpty) {
      const body = {to: FILLER.address, amount: 1n};
      pair.execute(stage.accountTx({kind: 'transfer', body}, FILLER));
    }
    pair.close();
    this.blocks += 1;
  }

  /** The first nodes, in the block that ends round B: no limit on account transactions holds in it. */
  #registerFirst(): void {
    const {stage} = this;
    const {pair, profile, random} = stage;
    pair.open(1, timesOf(pair.world.config, 0).roundBEnd + 500);
    for (let i = 0; i < profile.firstNodes; i++) {
      const tx = chooseAction(stage, 'register');
      if (tx !== undefined) pair.execute(tx);
    }
    const body = {to: FILLER.address, amount: 1n + BigInt(random.below(5))};
    pair.execute(stage.accountTx({kind: 'transfer', body}, FILLER));
    pair.close();
    this.blocks += 1;
  }

  #epoch(epoch: number): void {
    const {stage} = this;
    const {random, profile, pair} = stage;
    const times = timesOf(pair.world.config, epoch);
    const blocks = planBlocks(stage, times).sort((a, b) => a - b);
    const wholes = Math.floor(profile.actions);
    let actions = wholes + (random.chance(profile.actions - wholes) ? 1 : 0);
    for (const [i, timestamp] of blocks.entries()) {
      const share = i === blocks.length - 1 ? actions : random.below(actions + 1);
      actions -= share;
      const next = blocks[i + 1] ?? times.end;
      const ends = [times.roundAEnd, times.answersEnd];
      const isLast = ends.some((end) => timestamp < end && next >= end) || i === blocks.length - 1;
      this.#block(timestamp, {actions: share, isLast});
    }
  }

  run(): void {
    const {random, profile, state} = this.stage;
    this.#registerFirst();
    for (let epoch = 1; state.transitions < profile.epochs; epoch++) {
      if (random.chance(profile.haltRate / 4)) epoch += random.between(1, 3);
      this.#epoch(epoch);
    }
  }
}

/** One history of this seed, on both sides. Throws a Difference where they do not agree. */
export function runHistory(seed: number, index: number): HistoryResult {
  const random = new Random(seed, index);
  const profile = makeProfile(random);
  const whole = index % WHOLE_EVERY === 0;
  const stage = setStage(random, profile, {message: `history ${seed}/${index}`, whole});
  const player = new Player(stage);
  try {
    player.run();
    stage.pair.compareRoots();
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`history ${index} of seed ${seed} (${profile.name}): ${text}`, {cause});
  }
  const {pair, state} = stage;
  return {
    index,
    profile: profile.name,
    epochs: state.transitions,
    blocks: player.blocks,
    txs: pair.txs,
    refused: pair.refused,
    reached: [...pair.world.reached],
  };
}
