import {describe, expect, it} from 'vitest';
import type {SignatureChecker} from '../../src/plugin/signature-checker.ts';
import {TxAdmission} from '../../src/plugin/tx-admission.ts';
import {buildBlock} from '../../src/vm/builder.ts';
import {Mempool} from '../../src/vm/mempool.ts';
import type {ParsedBlock} from '../../src/vm/parsed-block.ts';
import type {ParsedTx} from '../../src/vm/parsed-tx.ts';
import {pruneMempool} from '../../src/vm/prune-mempool.ts';
import {Driver, testAccount} from '../vm/driver.ts';

const alice = testAccount('alice');
const bob = testAccount('bob');
const carol = testAccount('carol');

function setUp() {
  const driver = new Driver({accounts: [alice, bob]});
  const {chain, mempool} = driver;
  const world: {checked: number; onCheck(): void} = {checked: 0, onCheck: () => undefined};
  const checker: Pick<SignatureChecker, 'findInvalid'> = {
    async findInvalid() {
      world.checked += 1;
      await Promise.resolve();
      world.onCheck();
      return undefined;
    },
  };
  const now = (): bigint => driver.now + 1000n;
  const admission = new TxAdmission({chain, mempool, checker, now});
  /** A verified child of the preferred block with these transactions and no other. */
  const verified = (...txs: readonly ParsedTx[]): ParsedBlock => {
    const only = new Mempool();
    for (const tx of txs) only.add(tx);
    const block = buildBlock(chain, only, now() + BigInt(txs.length));
    chain.verify(block);
    return block;
  };
  const waiting = (): readonly ParsedTx[] => [...mempool.all()];
  return {driver, chain, mempool, world, admission, verified, waiting};
}

describe('admission', () => {
  it('lets one in that comes twice at a time, once', async () => {
    const {driver, admission, waiting} = setUp();
    const tx = driver.transfer(alice, carol.address, 1n);
    const results = await Promise.allSettled([
      admission.admit(tx.bytes),
      admission.admit(tx.bytes),
    ]);
    expect(results.map(({status}) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results[1]).toMatchObject({reason: {code: 'TX_ALREADY_KNOWN'}});
    expect(waiting().map(({id}) => id)).toEqual([tx.id]);
  });

  it('looks again when the preferred block has changed while signatures were checked', async () => {
    const {driver, chain, world, admission, verified, waiting} = setUp();
    const [mine, other] = [1n, 2n].map((amount) => driver.transfer(alice, carol.address, amount));
    const block = verified(other!);
    world.onCheck = () => chain.setPreference(block.id);
    await expect(admission.admit(mine!.bytes)).rejects.toMatchObject({code: 'TX_WRONG_NONCE'});
    expect(waiting()).toEqual([]);
  });
});

describe('what a rejected block held', () => {
  it('waits again, without a look at its signatures', () => {
    const {driver, chain, world, admission, verified, waiting} = setUp();
    const txs = [
      driver.transfer(alice, carol.address, 1n),
      driver.transfer(alice, carol.address, 2n, 1n),
      driver.transfer(bob, carol.address, 3n),
    ];
    const {id} = verified(...txs);
    chain.setPreference(id);
    admission.readmit(chain.reject(id).txs);
    expect(
      waiting()
        .map((tx) => tx.id)
        .sort(byBytes),
    ).toEqual(txs.map((tx) => tx.id).sort(byBytes));
    expect(world.checked).toBe(0);
    expect(buildBlock(chain, driver.mempool, driver.now + 1000n).txs).toHaveLength(3);
  });

  it('stays where it was if it waits already, and is gone if its sibling took its place', () => {
    const {driver, chain, mempool, admission, verified, waiting} = setUp();
    const [lost, won] = [1n, 2n].map((amount) => driver.transfer(alice, carol.address, amount));
    const kept = driver.transfer(bob, carol.address, 3n);
    mempool.add(kept);
    const [loser, winner] = [verified(lost!, kept), verified(won!)];
    chain.accept(winner.id);
    pruneMempool(mempool, chain);
    admission.readmit(chain.reject(loser.id).txs);
    expect(waiting()).toEqual([kept]);
  });

  it('waits again in front of what its sender has sent since, from one block or from several', async () => {
    const {driver, chain, mempool, admission, verified, waiting} = setUp();
    const [first, second, third, fourth] = [0n, 1n, 2n, 3n].map((pending) =>
      driver.transfer(alice, carol.address, 1n + pending, pending),
    );
    const other = driver.transfer(bob, carol.address, 9n);
    const winner = verified(other);
    const loser = verified(first!, second!);
    chain.setPreference(loser.id);
    const child = verified(third!);
    chain.setPreference(child.id);
    await admission.admit(fourth!.bytes);
    chain.setPreference(winner.id);
    chain.accept(winner.id);
    pruneMempool(mempool, chain);
    admission.readmit(chain.reject(loser.id).txs);
    admission.readmit(chain.reject(child.id).txs);
    expect(waiting()).toEqual([first, second, third, fourth]);
    expect(mempool.lastNonce(alice.address)).toBe(3n);
    expect(mempool.pendingBefore(alice.address, 2n)).toEqual([first, second]);
    const built = buildBlock(chain, mempool, driver.now + 1000n);
    expect(built.txs).toEqual([first, second, third, fourth]);
  });

  it('is not taken when the preferred block holds it', () => {
    const {driver, chain, admission, verified, waiting} = setUp();
    const tx = driver.transfer(alice, carol.address, 1n);
    const other = driver.transfer(bob, carol.address, 1n);
    const [loser, winner] = [verified(tx), verified(tx, other)];
    chain.setPreference(winner.id);
    admission.readmit(chain.reject(loser.id).txs);
    expect(waiting()).toEqual([]);
  });
});

const byBytes = (a: Uint8Array, b: Uint8Array): number => Buffer.compare(a, b);
