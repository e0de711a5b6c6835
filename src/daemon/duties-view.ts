import type {EpochCut} from '../messaging/epoch-leaves.ts';
import type {DutiesInfo, StoredSetInfo} from '../protocol/api.ts';
import {type Hash, hexToBytes, toHash} from '../protocol/bytes.ts';
import type {StoredSet} from '../protocol/chain/storage-commitment.ts';

/** Values of the API's answers as duties need them. */
export const hashOf = (text: string): Hash => toHash(hexToBytes(text));

export function setOf({root, recordCount, chunkCount, bytes}: StoredSetInfo): StoredSet {
  return {
    root: hashOf(root),
    recordCount: BigInt(recordCount),
    chunkCount: BigInt(chunkCount),
    bytes: BigInt(bytes),
  };
}

export const cutOf = ({epoch, cutOffMs, swarmId, swarmExponent}: DutiesInfo): EpochCut => ({
  epoch: BigInt(epoch),
  cutOffMs: BigInt(cutOffMs),
  ...(swarmId === null ? {} : {place: {swarmId, swarmExponent}}),
});
