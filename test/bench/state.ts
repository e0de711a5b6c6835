import {sha256} from '../../src/crypto/hash.ts';
import {
  toHash,
  toKemPublicKey,
  toNodeId,
  toSigningPublicKey,
  utf8ToBytes,
} from '../../src/protocol/bytes.ts';
import {SEAT, type ServiceNode, STATUS, VERDICT} from '../../src/protocol/chain/state-records.ts';
import type {MerkleMap} from '../../src/vm/state/merkle-map.ts';
import {putSeat} from '../../src/vm/state/seats.ts';
import {putServiceNode, putServiceNodeKeys} from '../../src/vm/state/service-nodes.ts';
import {getTotals, putTotals} from '../../src/vm/state/singletons.ts';
import {StateView} from '../../src/vm/state/view.ts';
import {Driver, testAccount} from '../vm/driver.ts';

const STAKE = 100_000_000n;

function seatedNode(swarmId: number): ServiceNode {
  return {
    owner: testAccount('bench').address,
    status: STATUS.active,
    leaving: 0,
    seat: SEAT.serving,
    swarmId,
    stake: STAKE,
    principal: STAKE,
    misses: 0,
    credit: 0,
    creditProgress: 0,
    registeredAt: 0n,
    registeredEpoch: 0n,
    lastPingAt: 0n,
    uptimeScore: 10_000,
    history: new Uint8Array(90).fill(0xff),
    historyCount: 720,
    historyNext: 3,
    lastVerdict: VERDICT.pass,
    lastMissReasons: 0,
    lastMissEpoch: 0n,
    hashChainTip: toHash(new Uint8Array(32)),
    sequence: 0n,
    retiresAtTransition: 0n,
    unbondsAt: 0n,
    deviantStreak: 0,
    joiningEpochs: 0,
  };
}

/** Keys of the right size that differ per node, as real ones would. */
function bytesOf(name: string, length: number): Uint8Array {
  const seed = sha256(utf8ToBytes(name));
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = seed[i % 32] ?? 0;
  return bytes;
}

/** Seats this many nodes in 2^exponent swarms. */
export function putNodes(state: StateView, count: number, exponent: number): void {
  for (let i = 0; i < count; i++) {
    const nodeId = toNodeId(sha256(utf8ToBytes(`node ${i}`)).slice(0, 20));
    const swarmId = i % 2 ** exponent;
    putServiceNode(state, nodeId, seatedNode(swarmId));
    putServiceNodeKeys(state, nodeId, {
      publicKey: toSigningPublicKey(bytesOf(`dsa ${i}`, 1952)),
      encryptionKey: toKemPublicKey(bytesOf(`kem ${i}`, 1184)),
    });
    putSeat(state, {swarmId, nodeId}, {since: 0n});
  }
  const totals = getTotals(state);
  putTotals(state, {...totals, totalBonded: STAKE * BigInt(count), nodeCount: count});
}

/** Swarms, as an exponent, of about twelve of so many nodes. */
export const exponentFor = (count: number): number => Math.max(0, Math.ceil(Math.log2(count / 12)));

/** A chain whose state holds this many seated nodes, about twelve to a swarm, root computed. */
export function populated(count: number): {readonly driver: Driver; readonly map: MerkleMap} {
  const exponent = exponentFor(count);
  const driver = new Driver({rules: {swarmExponent: exponent}});
  const state = new StateView(driver.state);
  putNodes(state, count, exponent);
  const {map} = state;
  map.root();
  return {driver, map};
}
