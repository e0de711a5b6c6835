import type {Rules} from '../reference/rules.ts';
import type {Random} from './random.ts';

/** What a history is like. Numbers named …Rate are chances per node or epoch. */
export type Profile = {
  readonly name: string;
  readonly rules: Rules;
  readonly epochs: number;
  /** Nodes registered in the first epochs, and how many there may ever be. */
  readonly firstNodes: number;
  readonly maxNodes: number;
  readonly owners: number;
  /** Account transactions per epoch, on the average. */
  readonly actions: number;
  /** Of those, the chance that one is wrong on purpose. */
  readonly wrongRate: number;
  readonly absentRate: number;
  readonly silentRate: number;
  readonly deviantRate: number;
  /** A whole epoch in which many miss. */
  readonly outageRate: number;
  /** An epoch that ends early: no round B, no closing, no block at all. */
  readonly haltRate: number;
  /** Chance that a node lies as a witness for all of the history. */
  readonly liarRate: number;
  /** Chance that a joining node gives zero answers for all of the history. */
  readonly lazyRate: number;
  /** Chance of an epoch in which the others doubt somebody. */
  readonly doubtRate: number;
  readonly cheatRate: number;
  readonly upgrades: number;
  /** Weights of the kinds of actions that this history prefers. */
  readonly likes: Readonly<Partial<Record<ActionKind, number>>>;
};

export type ActionKind =
  | 'transfer'
  | 'register'
  | 'deregister'
  | 'addStake'
  | 'withdraw'
  | 'rotate'
  | 'revoke'
  | 'maintenance'
  | 'evidence'
  | 'reserved';

export const BASE_RULES: Rules = {
  epochSeconds: 20,
  swarmExponent: 1,
  minStake: 10_000n,
  minFee: 0n,
  unbondingSeconds: 40,
  minBlockIntervalMs: 50,
  answerHeights: 2,
  roundAHeights: 1,
  credit: {initial: 0, growEvery: 0, cap: 0},
  swarmHysteresis: 1,
  seatsPerEpoch: 0,
  minPeers: 4,
  minCapacity: 1000n,
};

const BASE: Profile = {
  name: 'mixed',
  rules: BASE_RULES,
  epochs: 40,
  firstNodes: 5,
  maxNodes: 9,
  owners: 4,
  actions: 1,
  wrongRate: 0.15,
  absentRate: 0.06,
  silentRate: 0.05,
  deviantRate: 0.05,
  outageRate: 0.03,
  haltRate: 0.08,
  liarRate: 0.1,
  lazyRate: 0.15,
  doubtRate: 0.05,
  cheatRate: 0.02,
  upgrades: 0,
  likes: {},
};

const LUX: Rules = {
  ...BASE_RULES,
  swarmExponent: 0,
  swarmHysteresis: 3,
  seatsPerEpoch: 1,
  minFee: 5n,
};

type Maker = (random: Random) => Partial<Profile>;

const mixed: Maker = (random) => ({
  rules: {...BASE_RULES, swarmExponent: random.below(3), minFee: BigInt(random.below(2) * 7)},
  firstNodes: random.between(1, 8),
  maxNodes: random.between(4, 12),
  owners: random.between(1, 8),
  actions: random.between(1, 3),
});

/** Few nodes, few blocks, enough epochs for a hundred misses. */
const quiet: Maker = (random) => ({
  name: 'quiet',
  rules: {...BASE_RULES, swarmExponent: random.below(2)},
  epochs: 130,
  firstNodes: random.between(1, 2),
  maxNodes: 3,
  owners: 2,
  actions: 0.15,
  absentRate: 0.85,
  silentRate: 0.3,
  haltRate: 0.02,
  outageRate: 0,
});

/** Swarms that lose everybody, and get somebody again. */
const lonely: Maker = (random) => ({
  name: 'lonely',
  rules: {...BASE_RULES, swarmExponent: random.below(2), swarmHysteresis: random.between(1, 3)},
  epochs: 50,
  firstNodes: random.between(1, 2),
  maxNodes: 3,
  owners: 2,
  actions: 1,
  likes: {evidence: 5, addStake: 5, register: 3, deregister: 3},
});

const amnesty: Maker = (random) => ({
  name: 'amnesty',
  rules: {...BASE_RULES, swarmExponent: random.below(3)},
  firstNodes: random.between(8, 13),
  maxNodes: 14,
  owners: random.between(4, 14),
  actions: 0.3,
  absentRate: 0.01,
  silentRate: 0.01,
  outageRate: 0.3,
  haltRate: 0.02,
});

const witnesses: Maker = (random) => ({
  name: 'witnesses',
  rules: {...LUX, seatsPerEpoch: 0},
  epochs: 45,
  firstNodes: random.between(6, 12),
  maxNodes: 13,
  owners: 13,
  actions: 0.2,
  absentRate: 0.01,
  silentRate: 0.01,
  deviantRate: 0.01,
  outageRate: 0.01,
  haltRate: 0.01,
  liarRate: 0.35,
});

const doubts: Maker = (random) => ({
  name: 'doubts',
  rules: {...BASE_RULES, swarmExponent: 0, credit: {initial: 1, growEvery: 2, cap: 3}},
  firstNodes: random.between(4, 8),
  maxNodes: 9,
  owners: 3,
  actions: 0.6,
  absentRate: 0.02,
  silentRate: 0.02,
  haltRate: 0.03,
  doubtRate: 0.4,
});

const growth: Maker = (random) => ({
  name: 'growth',
  rules: {...BASE_RULES, swarmExponent: random.below(2), swarmHysteresis: random.between(1, 2)},
  epochs: 42,
  firstNodes: random.between(17, 22),
  maxNodes: 40,
  owners: random.between(3, 20),
  actions: 0.5,
  likes: {register: 8, deregister: 6},
});

const crowd: Maker = (random) => ({
  name: 'crowd',
  rules: {
    ...BASE_RULES,
    swarmExponent: random.pick([0, 3]) ?? 0,
    swarmHysteresis: random.between(3, 60),
  },
  epochs: 40,
  firstNodes: random.between(84, 92),
  maxNodes: 92,
  owners: 90,
  actions: 0.5,
  liarRate: 0.2,
});

const pars: Maker = (random) => ({
  name: 'pars',
  rules: {
    ...LUX,
    credit: {initial: random.below(3), growEvery: random.between(1, 4), cap: random.between(1, 5)},
  },
  firstNodes: random.between(3, 9),
  maxNodes: 10,
  owners: random.between(1, 5),
  actions: random.between(1, 2),
  haltRate: 0.05,
});

const churn: Maker = (random) => ({
  name: 'churn',
  rules: {...BASE_RULES, swarmExponent: random.below(2), unbondingSeconds: random.below(60)},
  epochs: 50,
  firstNodes: random.between(3, 9),
  maxNodes: 14,
  owners: random.between(1, 6),
  actions: 2.5,
  likes: {register: 8, deregister: 5, addStake: 6, withdraw: 6, evidence: 4, maintenance: 4},
});

const upgrades: Maker = (random) => ({
  name: 'upgrades',
  rules: random.chance(0.5) ? BASE_RULES : LUX,
  firstNodes: random.between(2, 8),
  maxNodes: 10,
  owners: random.between(1, 5),
  upgrades: random.between(1, 4),
});

const halts: Maker = (random) => ({
  name: 'halts',
  rules: {...BASE_RULES, roundAHeights: random.between(1, 3), answerHeights: random.between(1, 4)},
  firstNodes: random.between(2, 8),
  haltRate: 0.4,
});

/** Past the horizon of 720 epochs. */
const ages: Maker = () => ({
  name: 'ages',
  epochs: 780,
  firstNodes: 2,
  maxNodes: 3,
  owners: 2,
  actions: 0.06,
  absentRate: 0.03,
  silentRate: 0.02,
  haltRate: 0.01,
  outageRate: 0,
  likes: {maintenance: 20, rotate: 10},
});

const MAKERS: readonly (readonly [number, Maker])[] = [
  [22, mixed],
  [4, quiet],
  [4, lonely],
  [12, amnesty],
  [10, witnesses],
  [10, doubts],
  [5, growth],
  [1.7, crowd],
  [9, pars],
  [12, churn],
  [7, upgrades],
  [7, halts],
  [0.5, ages],
];

export function makeProfile(random: Random): Profile {
  return {...BASE, ...random.weighted(MAKERS)(random)};
}

/** Other rules of the same chain: epoch and spacing never change. */
export function changedRules(random: Random, rules: Rules): Rules {
  return {
    ...rules,
    minStake: random.pick([8_000n, 10_000n, 15_000n]) ?? rules.minStake,
    minFee: random.pick([0n, 3n, 9n]) ?? rules.minFee,
    unbondingSeconds: random.below(80),
    answerHeights: random.between(1, 4),
    roundAHeights: random.between(1, 3),
    credit: {initial: random.below(3), growEvery: random.below(4), cap: random.below(5)},
    swarmHysteresis: random.between(1, 4),
    seatsPerEpoch: random.below(3),
    minPeers: random.between(1, 8),
    minCapacity: random.pick([500n, 1000n, 2000n]) ?? rules.minCapacity,
  };
}
