import {compareBytes, type Hash, toSignature} from '../../src/protocol/bytes.ts';
import type {Evidence} from '../../src/protocol/chain/evidence.ts';
import type {StoredSet} from '../../src/protocol/chain/storage-commitment.ts';
import {commitmentOf} from '../../src/vm/stored-set.ts';
import {CHAIN_ID, NETWORK_ID} from '../vm/driver.ts';
import type {SimulatedChain} from './chain.ts';
import {type Assigned, otherSet, storedSet} from './duties.ts';

const NO_SIGNATURE = toSignature(new Uint8Array(3309));

/** Proof that a node committed to two sets, in the order that the rules ask for. */
export function equivocation(
  {config}: SimulatedChain,
  epochNumber: number,
  {nodeId, swarmId}: Assigned,
): Evidence {
  const epoch = BigInt(epochNumber);
  const set = storedSet(epochNumber, swarmId);
  const cOf = (one: StoredSet): Hash => commitmentOf(config, {epoch, swarmId}, one);
  const [first, second] = [set, otherSet(set)].sort((a, b) => compareBytes(cOf(a), cOf(b)));
  const signed = (one: StoredSet | undefined) => ({
    duty: {
      networkId: NETWORK_ID,
      chainId: CHAIN_ID,
      epoch,
      revision: 0,
      nodeId,
      body: {swarmId, set: one ?? set, reveal: undefined, dissent: new Uint8Array()},
    },
    signature: NO_SIGNATURE,
  });
  return {first: signed(first), second: signed(second)};
}
