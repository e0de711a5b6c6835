import {blake3Keyed, hashStruct, taggedHash} from '../../crypto/hash.ts';
import {nodeIdToString} from '../../crypto/ids.ts';
import type {ChainClient} from '../../protocol/api.ts';
import {
  bytesToHex,
  type ChainId,
  compareBytes,
  type Hash,
  hexToBytes,
  type NodeId,
  toHash,
} from '../../protocol/bytes.ts';
import {Block} from '../../protocol/chain/block.ts';
import {StoredSetClaim} from '../../protocol/chain/storage-commitment.ts';
import {type DutyUnsigned, isDuty, Tx} from '../../protocol/chain/tx.ts';
import {ChallengeSeed} from '../../protocol/chain/uptime-response.ts';
import {decode} from '../../protocol/codec.ts';
import {HASH_TAG} from '../../protocol/domains.ts';

/** What the blocks of one epoch say, read byte by byte. */
export type EpochRecord = {
  /** C that each node ended on, by NodeID text, as 0x-hex. */
  readonly ended: ReadonlyMap<string, string>;
  /** C of the majority, by swarm id, as 0x-hex; a swarm without one is missing. */
  readonly majorities: ReadonlyMap<number, string>;
  /** Answers, by NodeID text, as 0x-hex. */
  readonly answers: ReadonlyMap<string, string>;
  /** What the nodes revealed, in NodeID order. */
  readonly reveals: readonly Hash[];
  /** Records in all committed sets; 0 in a network that nobody has written to. */
  readonly recordCount: bigint;
};

const toHex = (bytes: Uint8Array): string => `0x${bytesToHex(bytes)}`;

/** Duties of one epoch, from the blocks at the given heights, in order. */
export async function dutiesOf(
  client: ChainClient,
  epoch: bigint,
  heights: {readonly from: bigint; readonly to: bigint},
): Promise<DutyUnsigned[]> {
  const duties: DutyUnsigned[] = [];
  for (let height = heights.from; height <= heights.to; height++) {
    const info = await client.call('getBlockByHeight', {height: String(height), encoding: 'hex'});
    for (const txBytes of decode(Block, hexToBytes(info.bytes ?? '')).txs) {
      const {unsigned} = decode(Tx, txBytes);
      if (isDuty(unsigned) && unsigned.value.epoch === epoch) duties.push(unsigned);
    }
  }
  return duties;
}

type Chain = {readonly networkId: number; readonly chainId: ChainId};
type Commitment = {readonly swarmId: number; readonly c: string};

/** The C that more than half of a swarm's members ended on. */
function majorityOf(commitments: readonly Commitment[], members: number): string | undefined {
  const counts = new Map<string, number>();
  for (const {c} of commitments) counts.set(c, (counts.get(c) ?? 0) + 1);
  return [...counts].find(([, count]) => 2 * count > members)?.[0];
}

/** Folds the duties of one epoch; `members` gives the size of each swarm. */
export function readEpoch(
  duties: readonly DutyUnsigned[],
  {networkId, chainId}: Chain,
  members: ReadonlyMap<number, number>,
): EpochRecord {
  const commitments = new Map<string, Commitment>();
  const answers = new Map<string, string>();
  const reveals: {readonly nodeId: NodeId; readonly reveal: Hash}[] = [];
  let recordCount = 0n;
  for (const {type, value} of duties) {
    const nodeId = nodeIdToString(value.nodeId);
    if (type === 'uptimeResponse') {
      answers.set(nodeId, toHex(value.body.answer));
      continue;
    }
    const {swarmId, set, reveal} = value.body;
    if (reveal !== undefined) reveals.push({nodeId: value.nodeId, reveal});
    const claim = {networkId, chainId, epoch: value.epoch, swarmId, set};
    recordCount += set.recordCount;
    // Revision 1 comes after revision 0 and replaces it.
    commitments.set(nodeId, {
      swarmId,
      c: toHex(hashStruct(HASH_TAG.storedSet, StoredSetClaim, claim)),
    });
  }
  const majorities = new Map<number, string>();
  for (const [swarmId, size] of members) {
    const own = [...commitments.values()].filter((commitment) => commitment.swarmId === swarmId);
    const majority = majorityOf(own, size);
    if (majority !== undefined) majorities.set(swarmId, majority);
  }
  const ended = new Map([...commitments].map(([nodeId, {c}]) => [nodeId, c]));
  reveals.sort((a, b) => compareBytes(a.nodeId, b.nodeId));
  return {ended, majorities, answers, recordCount, reveals: reveals.map(({reveal}) => reveal)};
}

/** mix_e out of mix_{e−1} and the reveals of e. Chain-rules §3. */
export function mixOf(previous: Hash, reveals: readonly Hash[]): Hash {
  return taggedHash(HASH_TAG.mix, previous, ...reveals);
}

/**
 * The answer of one node over an empty stored set: BLAKE3 of nothing, keyed by mix, W and NodeID.
 * SPEC.md §5.6.
 */
export function answerOverNothing(mix: Hash, w: Hash, nodeId: NodeId): string {
  const key = hashStruct(HASH_TAG.challenge, ChallengeSeed, {mix, w, nodeId});
  return toHex(blake3Keyed(key, new Uint8Array()));
}

export const hashFromHex = (text: string): Hash => toHash(hexToBytes(text));
