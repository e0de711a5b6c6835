import fc from 'fast-check';
import type {Hash} from '../../src/protocol/bytes.ts';
import {verifyPending} from '../../src/vm/builder.ts';
import {BlockError, TxError} from '../../src/vm/errors.ts';
import type {ParsedTx} from '../../src/vm/parsed-tx.ts';
import {Driver, type TestNode, testAccount, testNode} from './driver.ts';
import {EMPTY_SET} from './fixtures.ts';

export const ACCOUNTS = Array.from({length: 4}, (_, i) => testAccount(`account ${i}`));
export const NODES = Array.from({length: 9}, (_, i) => testNode(`history ${i}`));

/** One thing that happens to a chain. Numbers are taken modulo what exists. */
export type Step =
  | {readonly kind: 'transfer'; readonly from: number; readonly to: number; readonly amount: bigint}
  | {
      readonly kind: 'register';
      readonly owner: number;
      readonly node: number;
      readonly extra: bigint;
    }
  | {readonly kind: 'deregister'; readonly owner: number; readonly node: number}
  | {
      readonly kind: 'commit';
      readonly node: number;
      readonly revision: 0 | 1;
      readonly odd: boolean;
    }
  | {readonly kind: 'answer'; readonly node: number}
  | {
      readonly kind: 'addStake';
      readonly owner: number;
      readonly node: number;
      readonly amount: bigint;
    }
  | {readonly kind: 'withdraw'; readonly owner: number; readonly node: number}
  | {
      readonly kind: 'rotate';
      readonly node: number;
      readonly key: number;
      readonly tip: number | undefined;
    }
  | {readonly kind: 'revoke'; readonly node: number; readonly key: number}
  | {
      readonly kind: 'maintain';
      readonly node: number;
      readonly ahead: bigint;
      readonly epochs: number;
    }
  | {readonly kind: 'evidence'; readonly node: number; readonly ago: bigint}
  | {readonly kind: 'everybody'; readonly silent: number}
  | {readonly kind: 'wait'; readonly ms: number}
  | {readonly kind: 'phase'};

const index = fc.nat({max: 63});

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('transfer' as const),
    from: index,
    to: index,
    amount: fc.oneof(fc.bigInt(0n, 3n), fc.bigInt(0n, 2n ** 64n - 1n)),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('register' as const),
      owner: index,
      node: index,
      extra: fc.bigInt(-1n, 300n),
    }),
  },
  fc.record({kind: fc.constant('deregister' as const), owner: index, node: index}),
  fc.record({
    kind: fc.constant('commit' as const),
    node: index,
    revision: fc.constantFrom(0 as const, 1 as const),
    odd: fc.boolean(),
  }),
  fc.record({kind: fc.constant('answer' as const), node: index}),
  fc.record({
    kind: fc.constant('addStake' as const),
    owner: index,
    node: index,
    amount: fc.bigInt(0n, 300n),
  }),
  fc.record({kind: fc.constant('withdraw' as const), owner: index, node: index}),
  fc.record({
    kind: fc.constant('rotate' as const),
    node: index,
    key: fc.nat({max: 3}),
    tip: fc.option(fc.nat({max: 40}), {nil: undefined}),
  }),
  fc.record({kind: fc.constant('revoke' as const), node: index, key: fc.nat({max: 3})}),
  fc.record({
    kind: fc.constant('maintain' as const),
    node: index,
    ahead: fc.bigInt(0n, 3n),
    epochs: fc.nat({max: 13}),
  }),
  fc.record({kind: fc.constant('evidence' as const), node: index, ago: fc.bigInt(-1n, 3n)}),
  {weight: 4, arbitrary: fc.record({kind: fc.constant('everybody' as const), silent: index})},
  fc.record({kind: fc.constant('wait' as const), ms: fc.integer({min: 50, max: 50_000})}),
  {weight: 6, arbitrary: fc.record({kind: fc.constant('phase' as const)})},
);

export const history = fc.array(step, {minLength: 5, maxLength: 60, size: 'max'});

const ODD_SET = {
  root: new Uint8Array(32).fill(3) as Hash,
  recordCount: 2n,
  chunkCount: 3n,
  bytes: 2100n,
};

const pick = <T>(items: readonly T[], number: number): T => items[number % items.length]!;

/** By whom something is sent on behalf of a node: anybody may. */
const PAYER = ACCOUNTS[1]!;

type Makers = {
  readonly [K in Step['kind']]: (d: Driver, step: Extract<Step, {kind: K}>) => ParsedTx[];
};

const MAKERS: Makers = {
  transfer: (d, {from, to, amount}) => [
    d.transfer(pick(ACCOUNTS, from), pick(ACCOUNTS, to).address, amount),
  ],
  register: (d, {owner, node, extra}) => [
    d.register(pick(ACCOUNTS, owner), pick(NODES, node), d.config.rules.minStake + extra),
  ],
  deregister: (d, {owner, node}) => [d.deregister(pick(ACCOUNTS, owner), pick(NODES, node))],
  commit: (d, {node, revision, odd}) => [
    d.commit(pick(NODES, node), revision, odd ? ODD_SET : EMPTY_SET),
  ],
  answer: (d, {node}) => [d.answer(pick(NODES, node))],
  addStake: (d, {owner, node, amount}) => [
    d.addStake(pick(ACCOUNTS, owner), pick(NODES, node), amount),
  ],
  withdraw: (d, {owner, node}) => [d.withdraw(pick(ACCOUNTS, owner), pick(NODES, node))],
  rotate(d, {node, key, tip}) {
    const rotated = pick(NODES, node);
    return [d.rotate(PAYER, rotated, key, tip === undefined ? undefined : rotated.links[tip])];
  },
  revoke: (d, {node, key}) => [d.revoke(PAYER, pick(NODES, node), key)],
  maintain: (d, {node, ahead, epochs}) => [
    d.maintain(PAYER, pick(NODES, node), d.epoch.epoch + ahead, epochs),
  ],
  evidence(d, {node, ago}) {
    const {epoch} = d.epoch;
    return [d.evidence(PAYER, pick(NODES, node), {epoch: epoch > ago ? epoch - ago : 0n})];
  },
  everybody(d, {silent}) {
    const loud = (_: TestNode, i: number): boolean => i !== silent % (2 * NODES.length);
    const nodes = NODES.filter(loud);
    return [...nodes.map((node) => d.commit(node)), ...nodes.map((node) => d.answer(node))];
  },
  wait: () => [],
  phase: () => [],
};

function txsOf<K extends Step['kind']>(
  driver: Driver,
  step: Extract<Step, {kind: K}> & {readonly kind: K},
): ParsedTx[] {
  return MAKERS[step.kind](driver, step);
}

/** A history as it went: what was refused, and how many blocks came. */
export type Outcome = {readonly refused: readonly string[]};

/**
 * Plays a history on a driver: valid transactions go into blocks, invalid ones must be refused with a
 * coded error, and time goes on. `afterBlock` sees the chain after each accepted block.
 */
export function play(driver: Driver, steps: readonly Step[], afterBlock?: () => void): Outcome {
  const refused: string[] = [];
  for (const step of steps) {
    const good: ParsedTx[] = [];
    const next = driver.chain.nextEmptyBlockTime;
    let time = driver.now + 50n;
    if (step.kind === 'phase') time = next;
    if (step.kind === 'wait') time = driver.now + BigInt(step.ms);
    for (const tx of txsOf(driver, step)) {
      try {
        verifyPending(driver.chain, driver.mempool, {tx, nowMs: time});
        good.push(tx);
      } catch (error) {
        if (!(error instanceof TxError)) throw error;
        refused.push(error.code);
      }
    }
    try {
      driver.block(time, good);
      afterBlock?.();
    } catch (error) {
      if (!(error instanceof BlockError) || error.code !== 'BLOCK_NOTHING_TO_BUILD') throw error;
    }
  }
  return {refused};
}

type Preset = 'dev' | 'lux' | 'pars';

/** A history that registers every node in its first block. */
function registeredDriver(preset: Preset): Driver {
  const balance = 2n ** 60n;
  const driver = new Driver({accounts: ACCOUNTS, preset, balance});
  const txs = NODES.map((node, i) =>
    driver.register(pick(ACCOUNTS, i), node, undefined, BigInt(Math.floor(i / ACCOUNTS.length))),
  );
  driver.block(driver.at(1000), txs);
  return driver;
}

/** A history that registers every node first and lets them find seats. */
export function seatedDriver(preset: Preset = 'dev'): Driver {
  const driver = registeredDriver(preset);
  for (let i = 0; i < 8; i++) driver.block(driver.chain.nextEmptyBlockTime);
  return driver;
}

/** A history in which every node has passed each epoch that was judged. */
export function flawlessDriver(): Driver {
  const driver = registeredDriver('dev');
  for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
  for (const epoch of [2, 3]) driver.runEpoch(epoch, {committing: NODES, answering: NODES});
  return driver;
}
