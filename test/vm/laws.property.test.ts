import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {bytesToHex, toChainId} from '../../src/protocol/bytes.ts';
import {Block} from '../../src/protocol/chain/block.ts';
import {parseGenesis} from '../../src/protocol/chain/genesis.ts';
import {UNASSIGNED_SWARM} from '../../src/protocol/chain/limits.ts';
import {ACCOUNT_PREFIX, SEAT_PREFIX} from '../../src/protocol/chain/state-keys.ts';
import {Account, SEAT, STATUS} from '../../src/protocol/chain/state-records.ts';
import {Tx} from '../../src/protocol/chain/tx.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import {CodecError} from '../../src/protocol/errors.ts';
import {buildBlock} from '../../src/vm/builder.ts';
import {Chain} from '../../src/vm/chain.ts';
import {executeGenesis} from '../../src/vm/genesis-state.ts';
import {parseBlock} from '../../src/vm/parsed-block.ts';
import type {MerkleMap} from '../../src/vm/state/merkle-map.ts';
import {serviceNodes} from '../../src/vm/state/service-nodes.ts';
import {burnedTotal, getEpochState, getTotals} from '../../src/vm/state/singletons.ts';
import {ACCOUNTS, flawlessDriver, history, NODES, play, seatedDriver} from './arbitraries.ts';
import {Driver, seal} from './driver.ts';

const RUNS = {numRuns: Number(process.env['PROPERTY_RUNS'] ?? 60)};

const newDriver = (): Driver => new Driver({accounts: ACCOUNTS, balance: 5_000_000_000n});

function sumOfBalances(state: MerkleMap): bigint {
  let sum = 0n;
  for (const [, value] of state.entries(ACCOUNT_PREFIX)) sum += decode(Account, value).balance;
  return sum;
}

/** Nodes whose stake something else than misses has changed, and how many faults of each were proven. */
function changedStakes(driver: Driver): ReadonlyMap<string, bigint> {
  const faults = new Map<string, bigint>();
  const count = (nodeId: Uint8Array, proven: bigint): void => {
    const name = bytesToHex(nodeId);
    faults.set(name, (faults.get(name) ?? 0n) + proven);
  };
  for (const {unsigned} of driver.blocks.flatMap(({txs}) => txs.map(({tx}) => tx))) {
    if (unsigned.type === 'addStake') count(unsigned.value.body.nodeId, 0n);
    if (unsigned.type === 'evidence') count(unsigned.value.body.first.duty.nodeId, 1n);
  }
  return faults;
}

function freshChain(driver: Driver): Chain {
  const genesis = parseGenesis(driver.genesisBytes);
  return new Chain(driver.config, executeGenesis(genesis, driver.genesisBytes));
}

describe('laws of the chain', () => {
  it('Conservation: value moves, and is never created or destroyed', () => {
    fc.assert(
      fc.property(history, fc.boolean(), (steps, seated) => {
        const driver = seated ? seatedDriver() : newDriver();
        play(driver, steps, () => {
          const totals = getTotals(driver.state);
          let [bonded, unbonding] = [0n, 0n];
          for (const [, {stake, status}] of serviceNodes(driver.state)) {
            if (status === STATUS.retired) unbonding += stake;
            else bonded += stake;
          }
          expect(totals).toMatchObject({totalBonded: bonded, unbonding});
          const held = sumOfBalances(driver.state) + bonded + unbonding;
          expect(held + burnedTotal(totals) + totals.treasury).toBe(totals.supply);
        });
      }),
      RUNS,
    );
  });

  it('Replay: the same blocks from bytes give the same roots', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const driver = seatedDriver();
        play(driver, steps);
        const again = freshChain(driver);
        for (const {bytes} of driver.blocks) {
          const block = parseBlock(bytes.slice());
          again.verify(block);
          again.accept(block.id);
        }
        expect(again.lastAccepted.block.id).toEqual(driver.chain.lastAccepted.block.id);
        expect([...again.lastAccepted.map.entries()]).toEqual([...driver.state.entries()]);
      }),
      RUNS,
    );
  });

  it('Isolation: rejected blocks leave accepted state unchanged, in whatever order siblings come', () => {
    fc.assert(
      fc.property(history, fc.boolean(), (steps, reversed) => {
        const driver = seatedDriver();
        play(driver, steps.slice(0, 20));
        const before = [...driver.state.entries()];
        const root = bytesToHex(driver.state.root());
        const due = driver.chain.nextEmptyBlockTime;
        const time = due > driver.now + 50n ? due : driver.now + 50n;
        const siblings = [0n, 1n, 2n].map((later) =>
          buildBlock(driver.chain, driver.mempool, time + later),
        );
        for (const sibling of reversed ? siblings.toReversed() : siblings)
          driver.chain.verify(sibling);
        for (const {id} of siblings.slice(1)) driver.chain.reject(id);
        expect([...driver.state.entries()]).toEqual(before);
        expect(bytesToHex(driver.state.root())).toBe(root);
        driver.chain.accept(siblings[0]!.id);
        const replay = freshChain(driver);
        for (const {bytes} of [...driver.blocks, siblings[0]!]) {
          const block = parseBlock(bytes);
          replay.verify(block);
          replay.accept(block.id);
        }
        expect(replay.lastAccepted.map.root()).toEqual(driver.state.root());
      }),
      RUNS,
    );
  });

  it('Buildable: what the builder makes verifies on its parent', () => {
    fc.assert(
      fc.property(history, fc.nat({max: 60_000}), (steps, wait) => {
        const driver = seatedDriver();
        play(driver, steps);
        for (const account of ACCOUNTS) {
          for (const amount of [1n, 2n ** 63n, 5n]) {
            driver.mempool.add(
              driver.transfer(
                account,
                ACCOUNTS[0]!.address,
                amount,
                BigInt(driver.mempool.pendingCount(account.address)),
              ),
            );
          }
        }
        for (const node of NODES) {
          driver.mempool.add(driver.commit(node));
          driver.mempool.add(driver.answer(node));
        }
        const built = buildBlock(driver.chain, driver.mempool, driver.now + BigInt(50 + wait));
        expect(() => freshlyVerify(driver, built.bytes)).not.toThrow();
      }),
      RUNS,
    );
  });

  it('Canonical: what decodes encodes to the same bytes, and nothing else is raised', () => {
    const driver = seatedDriver();
    const samples = [
      ...driver.blocks.map(({bytes}) => ({codec: Block, bytes})),
      ...driver.blocks.flatMap(({txs}) => txs.map(({bytes}) => ({codec: Tx, bytes}))),
    ];
    const edit = fc.record({at: fc.nat(), byte: fc.nat({max: 255}), cut: fc.nat({max: 3})});
    fc.assert(
      fc.property(fc.nat(), fc.array(edit, {maxLength: 4}), (which, edits) => {
        const {codec, bytes} = samples[which % samples.length]!;
        let changed = bytes.slice();
        for (const {at, byte, cut} of edits) {
          changed[at % Math.max(1, changed.length)] = byte;
          if (cut === 3) changed = changed.slice(0, changed.length - (at % 7));
          if (cut === 2) changed = Uint8Array.from([...changed, byte]);
        }
        try {
          const value = decode(codec as never, changed);
          expect(encode(codec as never, value)).toEqual(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
      {numRuns: 2000},
    );
  });

  it('Partition: every seated node is in exactly one swarm, and records and seats agree', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const driver = seatedDriver();
        play(driver, steps, () => {
          const seats = new Map<string, number>();
          for (const [key] of driver.state.entries(SEAT_PREFIX)) {
            const nodeId = bytesToHex(key.subarray(5));
            expect(seats.has(nodeId)).toBe(false);
            seats.set(nodeId, new DataView(key.buffer, key.byteOffset).getUint32(1));
          }
          for (const [nodeId, {seat, swarmId}] of serviceNodes(driver.state)) {
            const held = seats.get(bytesToHex(nodeId));
            expect(held).toBe(seat === SEAT.none ? undefined : swarmId);
            expect(swarmId === UNASSIGNED_SWARM).toBe(seat === SEAT.none);
            if (held !== undefined)
              expect(held).toBeLessThan(2 ** getEpochState(driver.state).swarmExponent);
          }
        });
      }),
      RUNS,
    );
  });

  it('Partition: the order of registrations within an epoch changes no seat', () => {
    const order = fc.shuffledSubarray(
      NODES.map((_, i) => i),
      {minLength: NODES.length},
    );
    const seatsAfter = (indices: readonly number[]): string[] => {
      const driver = new Driver({accounts: ACCOUNTS});
      const nonces = ACCOUNTS.map(() => 0n);
      for (const [position, i] of indices.entries()) {
        const owner = i % ACCOUNTS.length;
        driver.block(driver.at(1000 + position * 100), [
          driver.register(ACCOUNTS[owner]!, NODES[i]!),
        ]);
        nonces[owner] = (nonces[owner] ?? 0n) + 1n;
      }
      while (driver.now < driver.inEpoch(2)) driver.block(driver.chain.nextEmptyBlockTime);
      return [...driver.state.entries(SEAT_PREFIX)].map(([key]) => bytesToHex(key));
    };
    const inOrder = seatsAfter(NODES.map((_, i) => i));
    expect(inOrder).toHaveLength(NODES.length);
    fc.assert(
      fc.property(order, (indices) => {
        expect(seatsAfter(indices)).toEqual(inOrder);
      }),
      {numRuns: 20},
    );
  });

  it('Stability: joins and leaves move nobody else; a split or merge moves a seat to the sibling alone', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const driver = seatedDriver();
        let [exponent, seats] = [getEpochState(driver.state).swarmExponent, seatsOf(driver.state)];
        play(driver, steps, () => {
          const next = getEpochState(driver.state).swarmExponent;
          const now = seatsOf(driver.state);
          expect(Math.abs(next - exponent)).toBeLessThanOrEqual(1);
          for (const [nodeId, swarmId] of seats) {
            const moved = now.get(nodeId);
            if (moved === undefined) continue;
            // Of swarms s and s + 2^k, a split takes one to both and a merge both to one: the inboxes
            // of all other swarms stay where they are.
            const smaller = 2 ** Math.min(exponent, next);
            if (next === exponent) expect(moved).toBe(swarmId);
            else expect(moved % smaller).toBe(swarmId % smaller);
          }
          [exponent, seats] = [next, now];
        });
      }),
      RUNS,
    );
  });

  it('No replay: no transaction takes effect twice, nor on another chain', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const driver = seatedDriver();
        play(driver, steps);
        const time = driver.chain.nextEmptyBlockTime;
        for (const tx of driver.blocks.flatMap(({txs}) => txs)) {
          driver.mempool.add(tx);
          const {txs} = buildBlock(driver.chain, driver.mempool, time);
          expect(txs.map(({id}) => bytesToHex(id))).not.toContain(bytesToHex(tx.id));
          driver.mempool.remove(tx);
          const {unsigned, publicKey} = tx.tx;
          const value = {...unsigned.value, chainId: toChainId(new Uint8Array(32).fill(5))};
          driver.mempool.add(seal({...unsigned, value} as typeof unsigned, publicKey));
          expect(buildBlock(driver.chain, driver.mempool, time).txs).toEqual([]);
        }
      }),
      {numRuns: 20},
    );
  });

  it('Bounds: scores, stakes, misses and epochs stay where they belong', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const driver = flawlessDriver();
        for (const [, {historyCount, uptimeScore}] of serviceNodes(driver.state)) {
          expect({historyCount, uptimeScore}).toEqual({historyCount: 1, uptimeScore: 10_000});
        }
        let {epoch} = getEpochState(driver.state);
        play(driver, steps, () => {
          const next = getEpochState(driver.state);
          expect(next.epoch).toBeGreaterThanOrEqual(epoch);
          epoch = next.epoch;
          for (const [nodeId, node] of serviceNodes(driver.state)) {
            expect(node.uptimeScore).toBeGreaterThanOrEqual(0);
            expect(node.uptimeScore).toBeLessThanOrEqual(10_000);
            expect(node.misses).toBeLessThanOrEqual(100);
            const {stake, principal} = node;
            expect(stake).toBeLessThanOrEqual(principal);
            const afterMisses = principal - (principal * BigInt(node.misses)) / 200n;
            const faults = changedStakes(driver).get(bytesToHex(nodeId));
            // While nothing was added and no fault proven, misses alone explain what is gone; misses
            // before more was added cost less, and each fault a tenth at most.
            if (faults === undefined) expect(stake).toBe(afterMisses);
            else expect(stake).toBeGreaterThanOrEqual(afterMisses - faults * (principal / 10n));
          }
        });
      }),
      RUNS,
    );
  });
});

function seatsOf(state: MerkleMap): Map<string, number> {
  const seats = new Map<string, number>();
  for (const [key] of state.entries(SEAT_PREFIX)) {
    const swarmId = new DataView(key.buffer, key.byteOffset).getUint32(1);
    seats.set(bytesToHex(key.subarray(5)), swarmId);
  }
  return seats;
}

function freshlyVerify(driver: Driver, bytes: Uint8Array): void {
  const chain = freshChain(driver);
  for (const {bytes: earlier} of driver.blocks) {
    const block = parseBlock(earlier);
    chain.verify(block);
    chain.accept(block.id);
  }
  const block = parseBlock(bytes);
  chain.verify(block);
  expect(chain.getBlock(block.id)?.bytes).toEqual(bytes);
}
