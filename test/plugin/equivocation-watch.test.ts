import {beforeEach, describe, expect, it} from 'vitest';
import {EquivocationWatch} from '../../src/plugin/equivocation-watch.ts';

import {toHash} from '../../src/protocol/bytes.ts';
import type {ParsedBlock} from '../../src/vm/parsed-block.ts';
import type {ParsedTx} from '../../src/vm/parsed-tx.ts';
import {Driver, testAccount, testNode} from '../vm/driver.ts';
import {EMPTY_SET} from '../vm/fixtures.ts';

const owner = testAccount('owner');
const [node, other] = [testNode('a'), testNode('b')];

let driver: Driver;
let block: ParsedBlock;
let watch: EquivocationWatch;
/** What was read of the store, and how many signatures were checked. */
let [reads, checks] = [0, 0];
let isSigned = false;

beforeEach(() => {
  driver = new Driver({accounts: [owner]});
  const registrations = [node, other].map((each, i) =>
    driver.register(owner, each, undefined, BigInt(i)),
  );
  driver.block(driver.at(1000), registrations);
  for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
  driver.block(driver.inEpoch(2));
  block = driver.block(driver.now + 1000n, [driver.commit(node)]);
  [reads, checks, isSigned] = [0, 0, false];
  const read = <T>(value: T) => {
    return async () => {
      reads += 1;
      return value;
    };
  };
  watch = new EquivocationWatch({
    chain: driver.chain,
    mempool: driver.mempool,
    store: {
      getTxHeight: read(block.height),
      getBlockIdAtHeight: read(block.id),
      getBlock: read(block.bytes),
    },
    checker: {
      async findInvalid([set]) {
        checks += 1;
        return isSigned ? undefined : set?.txId;
      },
    },
  });
});

const toOtherSet = (of = node, fill = 1): ParsedTx =>
  driver.commit(of, 0, {...EMPTY_SET, root: toHash(new Uint8Array(32).fill(fill))});

describe('a commitment that was refused', () => {
  it('costs no read of the database when its signature is bad, and no second look', async () => {
    const forged = toOtherSet();
    for (let i = 0; i < 3; i++) await watch.look(forged.bytes);
    await watch.look(toOtherSet(node, 2).bytes);
    expect({reads, checks}).toEqual({reads: 0, checks: 2});
    expect(watch.list()).toEqual([]);
  });

  it('costs nothing when it says the same as the one before, or when there is none', async () => {
    isSigned = true;
    await watch.look(driver.commit(node).bytes);
    await watch.look(toOtherSet(other).bytes);
    expect({reads, checks}).toEqual({reads: 0, checks: 0});
  });

  it('is evidence with the one that was accepted, and is looked for once', async () => {
    isSigned = true;
    for (let i = 0; i < 3; i++) await watch.look(toOtherSet().bytes);
    expect({reads, checks}).toEqual({reads: 3, checks: 1});
    const [found] = watch.list();
    expect(watch.list().length).toBe(1);
    const roots = [found!.first, found!.second].map(({duty}) => duty.body.set.root);
    expect(roots).toContainEqual(toHash(new Uint8Array(32).fill(1)));
    expect(roots).toContainEqual(EMPTY_SET.root);
  });

  it('is evidence with one that waits', async () => {
    isSigned = true;
    driver.mempool.add(driver.commit(other));
    await watch.look(toOtherSet(other).bytes);
    expect({reads, checks}).toEqual({reads: 0, checks: 1});
    expect(watch.list().map(({first}) => first.duty.nodeId)).toEqual([other.nodeId]);
  });
});
