import {beforeEach, describe, expect, it} from 'vitest';
import {toHash} from '../../src/protocol/bytes.ts';
import {
  MAX_ACCOUNT_BYTES_IN_WINDOW,
  MAX_BLOCK_BYTES,
  MAX_TX_BYTES,
} from '../../src/protocol/chain/limits.ts';
import {buildBlock, hasWork, verifyPending} from '../../src/vm/builder.ts';
import {MEMPOOL_LIMITS, Mempool} from '../../src/vm/mempool.ts';
import type {ParsedBlock} from '../../src/vm/parsed-block.ts';
import type {ParsedTx} from '../../src/vm/parsed-tx.ts';
import {pruneMempool} from '../../src/vm/prune-mempool.ts';
import {
  CHAIN_ID,
  Driver,
  NETWORK_ID,
  seal,
  type TestAccount,
  testAccount,
  testNode,
} from './driver.ts';

const alice = testAccount('alice');
const bob = testAccount('bob');

type Changes = {
  readonly nonce?: bigint;
  readonly fee?: bigint;
  readonly expiryHeight?: bigint;
  readonly amount?: bigint;
};

function transfer(from: TestAccount, changes: Changes = {}): ParsedTx {
  const {nonce = 0n, fee = 1000n, expiryHeight = 1_000_000n, amount = 1n} = changes;
  const header = {networkId: NETWORK_ID, chainId: CHAIN_ID, sender: from.address};
  const body = {to: bob.address, amount};
  const value = {...header, nonce, fee, expiryHeight, body};
  return seal({type: 'transfer', value}, nonce === 0n ? from.key : undefined);
}

const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return (error as {code: string}).code;
  }
  return 'nothing was thrown';
};
const run = (length: number, changes: Changes = {}): ParsedTx[] =>
  Array.from({length}, (_, n) => transfer(alice, {...changes, nonce: BigInt(n)}));
const waiting = (mempool: Mempool): ParsedTx[] => [...mempool.all()];

let driver: Driver;
let mempool: Mempool;
beforeEach(() => {
  driver = new Driver({accounts: [alice, bob]});
  mempool = driver.mempool;
});

/** Accepts what is built at this time, as the plugin does it. */
function accept(timestamp: bigint): ParsedBlock {
  const built = buildBlock(driver.chain, mempool, timestamp);
  driver.acceptBytes(built.bytes);
  pruneMempool(mempool, driver.chain);
  return built;
}

describe('the bounds of what waits', () => {
  it('are 64 transactions without gaps for each account', () => {
    const txs = run(MEMPOOL_LIMITS.perAccount + 1);
    for (const tx of txs.slice(0, -1)) mempool.add(tx);
    expect(codeOf(() => mempool.add(txs.at(-1)!))).toBe('TX_MEMPOOL_FULL');
    expect(mempool.pendingCount(alice.address)).toBe(MEMPOOL_LIMITS.perAccount);
    mempool.add(transfer(bob));
    expect(codeOf(() => mempool.add(transfer(bob, {nonce: 2n})))).toBe('TX_WRONG_NONCE');
    expect(codeOf(() => mempool.add(transfer(bob)))).toBe('TX_ALREADY_KNOWN');
  });

  it('let a better fee drive out the cheapest when all is full', () => {
    const small = new Mempool();
    const others = Array.from({length: MEMPOOL_LIMITS.accountTxs}, (_, n) =>
      transfer(testAccount(`other ${n}`), {fee: 2000n}),
    );
    for (const tx of others) small.add(tx);
    expect(codeOf(() => small.add(transfer(alice, {fee: 2000n})))).toBe('TX_MEMPOOL_FULL');
    small.add(transfer(alice, {fee: 2001n}));
    expect(small.size).toBe(MEMPOOL_LIMITS.accountTxs);
    expect(small.get(others[0]!.id)).toBeUndefined();
  });
});

describe('the cheapest sender', () => {
  const {accountTxs, perAccount} = MEMPOOL_LIMITS;
  const senders = Array.from({length: accountTxs / perAccount}, (_, n) => testAccount(`s ${n}`));

  /** Each has these many waiting, of which the last pays a lot and the others little. */
  function filled(): {full: Mempool; told: ParsedTx[]} {
    const told: ParsedTx[] = [];
    const full = new Mempool((tx) => told.push(tx));
    for (const sender of senders) {
      for (let nonce = 0n; nonce < perAccount; nonce++) {
        const fee = nonce === BigInt(perAccount - 1) ? 1_000_000n : 1000n;
        full.add(transfer(sender, {nonce, fee}));
      }
    }
    return {full, told};
  }

  it('is the one whose lowest fee is lowest, whatever stands behind it', () => {
    const {full, told} = filled();
    const better = transfer(alice, {fee: 900_000n});
    full.add(better);
    expect(full.get(better.id)).toBe(better);
    expect(full.size).toBe(accountTxs);
    expect(told).toEqual([transfer(senders[0]!, {nonce: 63n, fee: 1_000_000n})]);
    expect(codeOf(() => full.add(transfer(bob, {fee: 1000n})))).toBe('TX_MEMPOOL_FULL');
  });

  it('is seen anew when its cheapest one has left', () => {
    const {full, told} = filled();
    for (let nonce = 0n; nonce < 63n; nonce++) full.remove(transfer(senders[0]!, {nonce}));
    const many = run(perAccount, {fee: 5000n});
    for (const tx of many) full.add(tx);
    expect(full.pendingCount(senders[0]!.address)).toBe(1);
    expect(told).toEqual([transfer(senders[1]!, {nonce: 63n, fee: 1_000_000n})]);
  });

  it('drives nobody out by a better fee behind a low one', () => {
    const {full} = filled();
    full.remove(transfer(senders[0]!, {nonce: 63n, fee: 1_000_000n}));
    full.add(transfer(alice, {fee: 1n}));
    expect(codeOf(() => full.add(transfer(alice, {nonce: 1n, fee: 900_000n})))).toBe(
      'TX_MEMPOOL_FULL',
    );
    full.add(transfer(bob, {fee: 2n}));
    expect(full.pendingCount(alice.address)).toBe(0);
  });
});

describe('a transaction before others of its sender', () => {
  it('goes in front of them and, of all, behind those that waited before', () => {
    const [first, second, third] = run(3);
    const other = transfer(bob);
    for (const tx of [third, other, second]) mempool.add(tx!);
    expect(waiting(mempool)).toEqual([other, second, third]);
    mempool.add(first!);
    expect(waiting(mempool)).toEqual([other, first, second, third]);
    expect([...mempool.accountTxs()]).toEqual([first, second, third, other]);
    expect(mempool.pendingBefore(alice.address, 1n)).toEqual([first]);
    expect(mempool.lastNonce(alice.address)).toBe(2n);
    expect(codeOf(() => mempool.add(transfer(alice, {nonce: 4n})))).toBe('TX_WRONG_NONCE');
  });

  it('fills a gap', () => {
    const [first, second, third] = run(3);
    for (const tx of [third, first, second]) mempool.add(tx!);
    expect(waiting(mempool)).toEqual([first, second, third]);
    expect([...mempool.accountTxs()]).toEqual([first, second, third]);
  });

  it('sends the last of 64 away', () => {
    const [first, ...others] = run(MEMPOOL_LIMITS.perAccount + 1);
    for (const tx of others) mempool.add(tx);
    mempool.add(first!);
    expect(waiting(mempool)).toEqual([first, ...others.slice(0, -1)]);
    expect(mempool.pendingCount(alice.address)).toBe(MEMPOOL_LIMITS.perAccount);
  });

  it('sends the last of its sender away when all is full and nobody pays less', () => {
    const told: ParsedTx[] = [];
    const full = new Mempool((tx) => told.push(tx));
    const [first, second, third] = run(3, {fee: 2000n});
    for (const tx of [second, third]) full.add(tx!);
    for (let n = 2; n < MEMPOOL_LIMITS.accountTxs; n++) {
      full.add(transfer(testAccount(`other ${n}`), {fee: 2000n}));
    }
    full.add(first!);
    expect(told).toEqual([third]);
    expect(full.size).toBe(MEMPOOL_LIMITS.accountTxs);
    expect(full.pendingBefore(alice.address, 9n)).toEqual([first, second]);
  });
});

describe('a replacement', () => {
  it('pays more, takes the place, and sends away what came after', () => {
    const txs = run(4);
    for (const tx of txs) mempool.add(tx);
    const equal = transfer(alice, {nonce: 1n, amount: 9n});
    expect(codeOf(() => mempool.add(equal))).toBe('TX_REPLACEMENT_UNDERPRICED');
    expect(waiting(mempool)).toEqual(txs);
    const better = transfer(alice, {nonce: 1n, fee: 1001n});
    mempool.add(better);
    expect(waiting(mempool)).toEqual([txs[0], better]);
    expect([...mempool.accountTxs()]).toEqual([txs[0], better]);
    mempool.add(txs[2]!);
    expect(mempool.pendingCount(alice.address)).toBe(3);
  });

  it('is refused when its bytes have no room', () => {
    /** More than twice as long as a transfer, and better paid. */
    const large = (account: TestAccount): ParsedTx => {
      const {unsigned} = driver.register(account, testNode('n')).tx;
      if (unsigned.type !== 'registerServiceNode') throw new Error('another transaction');
      return seal({...unsigned, value: {...unsigned.value, fee: 5000n}}, account.key);
    };
    const [most, few] = [large(alice).bytes.length, transfer(alice).bytes.length];
    const [smallCount, spare] = [200, 40];
    const left = MEMPOOL_LIMITS.accountBytes - smallCount * few;
    const length = smallCount + Math.floor(left / most) - spare;
    const accounts = Array.from({length}, (_, n) => testAccount(`a ${n}`));
    const small = accounts.slice(0, smallCount);
    for (const account of small) mempool.add(transfer(account));
    for (const account of accounts.slice(smallCount)) mempool.add(large(account));
    const codes = small.map((account) => codeOf(() => mempool.add(large(account))));
    expect(codes.filter((code) => code === 'nothing was thrown').length).toBeGreaterThan(10);
    expect(codes.filter((code) => code === 'TX_MEMPOOL_FULL').length).toBeGreaterThan(10);
    const bytes = waiting(mempool).reduce((sum, tx) => sum + tx.bytes.length, 0);
    expect(bytes).toBeLessThanOrEqual(MEMPOOL_LIMITS.accountBytes);
    expect(bytes).toBeGreaterThan(MEMPOOL_LIMITS.accountBytes - MAX_TX_BYTES);
    expect(mempool.size).toBe(accounts.length);
  });
});

describe('a transaction that does not fit into a block', () => {
  /** About 3.4 KB each, better paid than anything of alice. */
  const fillers = Array.from({length: 8}, (_, n) => testAccount(`filler ${n}`));

  /** Adds fillers' transactions while more than this many bytes of the room are left. */
  function fill(room: number, spare: number): void {
    let left = room;
    for (const account of fillers) {
      for (let nonce = 0n; nonce < 64n; nonce++) {
        const tx = transfer(account, {nonce, fee: 9000n});
        if (left - tx.bytes.length < spare) return;
        mempool.add(tx);
        left -= tx.bytes.length + 4;
      }
    }
    throw new Error('more room than the fillers fill');
  }

  it.each([
    ['a block', 17_000, MAX_BLOCK_BYTES],
    ['the share of accounts while a window is open', 1000, MAX_ACCOUNT_BYTES_IN_WINDOW],
  ])('waits with those of its sender behind it, for the next one: %s', (_what, ms, room) => {
    driver = new Driver({accounts: [alice, bob, ...fillers]});
    mempool = driver.mempool;
    const large = driver.register(alice, testNode('n'));
    const [small, last] = [1n, 2n].map((nonce) => transfer(alice, {nonce}));
    const other = transfer(bob, {fee: 1n});
    fill(room, small!.bytes.length + other.bytes.length + 100);
    for (const tx of [large, small!, last!, other]) mempool.add(tx);
    expect(hasWork(driver.chain, mempool, driver.at(ms))).toBe(true);
    const built = accept(driver.at(ms));
    expect(built.txs.at(-1)).toEqual(other);
    expect(waiting(mempool)).toEqual([large, small, last]);
    expect(accept(driver.now + 100n).txs).toEqual([large, small, last]);
  });
});

describe('after an accept', () => {
  it('an expired transaction is gone, with what came after it', () => {
    const txs = [
      transfer(alice, {nonce: 0n}),
      transfer(alice, {nonce: 1n, expiryHeight: 1n}),
      transfer(alice, {nonce: 2n}),
    ];
    for (const tx of txs) mempool.add(tx);
    const late = transfer(bob, {expiryHeight: 2n});
    mempool.add(late);
    mempool.dropExpired(0n);
    expect(mempool.size).toBe(4);
    mempool.dropExpired(1n);
    expect(waiting(mempool)).toEqual([txs[0], late]);
    mempool.dropExpired(2n);
    expect(mempool.get(late.id)).toBeUndefined();
    expect(waiting(mempool)).toEqual([txs[0]]);
    mempool.add(transfer(alice, {nonce: 1n}));
    expect(mempool.pendingCount(alice.address)).toBe(2);
  });

  it('each that leaves is told of, with the reason', () => {
    const told: string[] = [];
    const telling = new Mempool(({id}, code) => told.push(`${names.get(id)} ${code}`));
    const txs = [0n, 1n, 2n, 3n].map((nonce) => transfer(alice, {nonce, expiryHeight: 5n - nonce}));
    const names = new Map(txs.map(({id}, n) => [id, n]));
    for (const tx of txs) telling.add(tx);
    telling.removeSettled(txs[0]!);
    expect(told).toEqual([]);
    telling.dropExpired(3n);
    expect(told).toEqual(['3 TX_WRONG_NONCE', '2 TX_EXPIRED']);
    telling.removeSettled(transfer(alice, {nonce: 1n, amount: 7n}));
    expect(told.at(-1)).toBe('1 TX_WRONG_NONCE');
    expect(telling.size).toBe(0);
  });

  it('is not admitted again once it has expired', () => {
    accept(driver.at(20_000));
    const {now: nowMs} = driver;
    const at = (expiryHeight: bigint) => ({tx: transfer(alice, {expiryHeight}), nowMs});
    expect(codeOf(() => verifyPending(driver.chain, mempool, at(1n)))).toBe('TX_EXPIRED');
    verifyPending(driver.chain, mempool, at(2n));
  });

  it('the accepted are gone, and what another transaction of the same nonce has overtaken', () => {
    const [first, second, third] = run(3);
    const other = transfer(alice, {amount: 77n});
    for (const tx of [first, second, third]) mempool.add(tx!);
    const elsewhere = new Driver({accounts: [alice, bob]});
    elsewhere.mempool.add(other);
    const built = buildBlock(elsewhere.chain, elsewhere.mempool, driver.at(1000));
    driver.acceptBytes(built.bytes);
    pruneMempool(mempool, driver.chain);
    expect(waiting(mempool)).toEqual([second, third]);
    expect(accept(driver.at(2000)).txs).toEqual([second, third]);
    expect(mempool.size).toBe(0);
  });

  it('what the sender cannot pay any more leaves when the builder meets it', () => {
    const all = 1_000_000_000_000n - 1000n;
    const [poor, hopeless] = [transfer(alice, {nonce: 1n}), transfer(alice, {nonce: 2n})];
    const elsewhere = new Driver({accounts: [alice, bob]});
    elsewhere.mempool.add(transfer(alice, {amount: all}));
    const built = buildBlock(elsewhere.chain, elsewhere.mempool, driver.at(1000));
    for (const tx of [transfer(alice), poor, hopeless]) mempool.add(tx);
    driver.acceptBytes(built.bytes);
    pruneMempool(mempool, driver.chain);
    expect(mempool.size).toBe(2);
    expect(hasWork(driver.chain, mempool, driver.now + 100n)).toBe(false);
    expect(mempool.size).toBe(0);
  });
});

describe('a duty', () => {
  const [a, b] = [testNode('a'), testNode('b')];

  /** Epoch 2 has just begun, and both nodes have duties in it. */
  beforeEach(() => {
    driver.block(driver.at(1000), [
      driver.register(alice, a),
      driver.register(alice, b, undefined, 1n),
    ]);
    for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
    driver.block(driver.inEpoch(2));
  });

  it('leaves with its phase', () => {
    const late = driver.commit(b);
    mempool.add(driver.commit(a));
    accept(driver.inEpoch(2, 1000));
    expect(mempool.size).toBe(0);
    mempool.add(late);
    pruneMempool(mempool, driver.chain);
    expect(waiting(mempool)).toEqual([late]);
    // Somebody else's block, without it, is the first of round B.
    const other = buildBlock(driver.chain, new Mempool(), driver.inEpoch(2, 3333));
    driver.acceptBytes(other.bytes);
    pruneMempool(mempool, driver.chain);
    expect(mempool.size).toBe(0);
    const second = driver.commit(a, 1);
    mempool.add(second);
    pruneMempool(mempool, driver.chain);
    expect(waiting(mempool)).toEqual([second]);
    driver.acceptBytes(buildBlock(driver.chain, new Mempool(), driver.inEpoch(2, 6666)).bytes);
    pruneMempool(mempool, driver.chain);
    expect(mempool.size).toBe(0);
  });

  it('waits for the phase of answers to begin, and leaves when it is closed', () => {
    driver.block(driver.inEpoch(2, 1000), [driver.commit(a)]);
    const empty = (timestamp: bigint): void => {
      driver.acceptBytes(buildBlock(driver.chain, new Mempool(), timestamp).bytes);
      pruneMempool(mempool, driver.chain);
    };
    empty(driver.inEpoch(2, 3333));
    empty(driver.inEpoch(2, 6666));
    const answer = driver.answer(a);
    mempool.add(answer);
    while (!driver.epoch.answersClosed) {
      expect(waiting(mempool)).toEqual([answer]);
      empty(driver.chain.nextEmptyBlockTime);
    }
    expect(mempool.size).toBe(0);
  });

  it('leaves with its epoch', () => {
    mempool.add(driver.commit(a));
    mempool.add(driver.answer(a));
    driver.acceptBytes(buildBlock(driver.chain, new Mempool(), driver.inEpoch(3)).bytes);
    const next = driver.commit(b);
    mempool.add(next);
    pruneMempool(mempool, driver.chain);
    expect(waiting(mempool)).toEqual([next]);
  });

  it('leaves when its node is convicted, and the others stay', () => {
    const [convicted, other] = [driver.commit(a), driver.commit(b)];
    const elsewhere = new Mempool();
    elsewhere.add(driver.evidence(bob, a));
    const block = buildBlock(driver.chain, elsewhere, driver.inEpoch(2, 1000));
    mempool.add(convicted);
    mempool.add(other);
    driver.acceptBytes(block.bytes);
    pruneMempool(mempool, driver.chain);
    expect(waiting(mempool)).toEqual([other]);
    expect(
      codeOf(() => verifyPending(driver.chain, mempool, {tx: convicted, nowMs: driver.now})),
    ).toBe('TX_NO_DUTY');
    expect(accept(driver.now + 1000n).txs).toEqual([other]);
  });

  it('leaves when another transaction has done it', () => {
    const mine = driver.answer(a);
    const twin = driver.answer(a, toHash(new Uint8Array(32).fill(1)));
    mempool.add(mine);
    expect(codeOf(() => mempool.add(twin))).toBe('TX_DUPLICATE_DUTY');
    mempool.removeSettled(driver.answer(b));
    expect(waiting(mempool)).toEqual([mine]);
    mempool.removeSettled(twin);
    expect(mempool.size).toBe(0);
  });
});
