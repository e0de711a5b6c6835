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

function txsOf(driver: Driver, step: Step): ParsedTx[] {
  switch (step.kind) {
    case 'transfer': {
      const {address} = pick(ACCOUNTS, step.to);
      return [driver.transfer(pick(ACCOUNTS, step.from), address, step.amount)];
    }
    case 'register': {
      const stake = driver.config.rules.minStake + step.extra;
      return [driver.register(pick(ACCOUNTS, step.owner), pick(NODES, step.node), stake)];
    }
    case 'deregister':
      return [driver.deregister(pick(ACCOUNTS, step.owner), pick(NODES, step.node))];
    case 'commit': {
      const set = step.odd ? ODD_SET : EMPTY_SET;
      return [driver.commit(pick(NODES, step.node), step.revision, set)];
    }
    case 'answer':
      return [driver.answer(pick(NODES, step.node))];
    case 'everybody': {
      const loud = (_: TestNode, i: number): boolean => i !== step.silent % (2 * NODES.length);
      const nodes = NODES.filter(loud);
      return [
        ...nodes.map((node) => driver.commit(node)),
        ...nodes.map((node) => driver.answer(node)),
      ];
    }
    case 'wait':
    case 'phase':
      return [];
  }
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

/** A history that registers every node first and lets them find seats. */
export function seatedDriver(preset: 'dev' | 'lux' | 'pars' = 'dev'): Driver {
  const balance = 2n ** 60n;
  const driver = new Driver({accounts: ACCOUNTS, preset, balance});
  const txs = NODES.map((node, i) =>
    driver.register(pick(ACCOUNTS, i), node, undefined, BigInt(Math.floor(i / ACCOUNTS.length))),
  );
  driver.block(driver.at(1000), txs);
  for (let i = 0; i < 8; i++) driver.block(driver.chain.nextEmptyBlockTime);
  return driver;
}
