import {createHash} from 'node:crypto';
import {blake3} from '@noble/hashes/blake3.js';

/**
 * Stored set, C and answer once more, from the words of SPEC.md §7 and with no line of src/: all in
 * memory, recursive, slow.
 */

export type NaiveRecord = {
  readonly key: {
    readonly account: Uint8Array;
    readonly namespace: number;
    readonly stamp: {
      readonly clockMs: bigint;
      readonly counter: number;
      readonly coordinator: Uint8Array;
    };
    readonly id: Uint8Array;
  };
  readonly expiryMs: bigint;
  /** Absent for an end leaf. */
  readonly data?: Uint8Array;
};

const ascii = (text: string): Buffer => Buffer.from(text, 'ascii');
const sha256 = (...parts: Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const tagged = (tag: string, ...parts: Uint8Array[]): Buffer =>
  sha256(Buffer.from([tag.length]), ascii(tag), ...parts);

function uint(value: bigint | number, length: number): Buffer {
  const digits = BigInt(value)
    .toString(16)
    .padStart(length * 2, '0');
  return Buffer.from(digits, 'hex');
}

function keyBytes({key}: NaiveRecord): Buffer {
  const {account, namespace, stamp, id} = key;
  const twos = namespace < 0 ? namespace + 0x1_0000 : namespace;
  const clock = [uint(stamp.clockMs, 8), uint(stamp.counter, 2), stamp.coordinator];
  return Buffer.concat([account, uint(twos, 2), ...clock, id]);
}

function leafBytes(record: NaiveRecord): Buffer {
  const {data, expiryMs} = record;
  const entry =
    data === undefined
      ? [uint(1, 4), uint(expiryMs, 8)]
      : [uint(0, 4), uint(expiryMs, 8), uint(data.length, 4), sha256(data)];
  return Buffer.concat([keyBytes(record), ...entry]);
}

function root(leaves: readonly Uint8Array[]): Buffer {
  const [first] = leaves;
  if (first === undefined) return Buffer.alloc(32);
  if (leaves.length === 1) return tagged('lux/session/merkle-leaf/v1', first);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  const halves = [root(leaves.slice(0, split)), root(leaves.slice(split))];
  return tagged('lux/session/merkle-node/v1', ...halves);
}

function chunksOf(data: Uint8Array): Uint8Array[] {
  if (data.length === 0) return [data];
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += 1024) chunks.push(data.subarray(at, at + 1024));
  return chunks;
}

export type NaiveSet = {
  readonly root: Buffer;
  readonly recordCount: bigint;
  readonly chunkCount: bigint;
  readonly bytes: bigint;
  readonly chunks: readonly Uint8Array[];
};

export function naiveSet(records: readonly NaiveRecord[], cutOffMs: bigint): NaiveSet {
  const live = records
    .filter(({key, expiryMs}) => key.stamp.clockMs <= cutOffMs && expiryMs > cutOffMs)
    .sort((a, b) => Buffer.compare(keyBytes(a), keyBytes(b)));
  const messages = live.flatMap(({data}) => (data === undefined ? [] : [data]));
  const chunks = messages.flatMap(chunksOf);
  return {
    root: root(live.map(leafBytes)),
    recordCount: BigInt(messages.length),
    chunkCount: BigInt(chunks.length),
    bytes: BigInt(messages.reduce((sum, {length}) => sum + length, 0)),
    chunks,
  };
}

export type NaiveClaim = {
  readonly networkId: number;
  readonly chainId: Uint8Array;
  readonly epoch: bigint;
  readonly swarmId: number;
};

export function naiveC(set: NaiveSet, {networkId, chainId, epoch, swarmId}: NaiveClaim): Buffer {
  const head = [uint(networkId, 4), chainId, uint(epoch, 8), uint(swarmId, 4), set.root];
  const counts = [set.recordCount, set.chunkCount, set.bytes].map((count) => uint(count, 8));
  return tagged('lux/session/stored-set/v1', ...head, ...counts);
}

/** The chunks that K draws, ascending. */
export function naiveDraw(key: Uint8Array, count: bigint): bigint[] {
  const indexes: bigint[] = [];
  const tooLarge = 2n ** 64n - (2n ** 64n % count);
  for (let counter = 0; indexes.length < 4096; counter++) {
    const block = tagged('lux/session/challenge-draw/v1', key, uint(counter, 8));
    for (const at of [0, 8, 16, 24]) {
      const word = block.readBigUInt64BE(at);
      if (word < tooLarge) indexes.push(word % count);
    }
  }
  return indexes.slice(0, 4096).sort((a, b) => Number(a - b));
}

export type NaiveSeed = {
  readonly mix: Uint8Array;
  readonly w: Uint8Array;
  readonly nodeId: Uint8Array;
};

/** K. */
export function naiveKey({mix, w, nodeId}: NaiveSeed): Buffer {
  return tagged('lux/session/challenge/v1', mix, w, nodeId);
}

export function naiveAnswer({chunks, chunkCount}: NaiveSet, seed: NaiveSeed): Buffer {
  const key = naiveKey(seed);
  const read =
    chunks.length <= 4096
      ? chunks
      : naiveDraw(key, chunkCount).map((index) => chunks[Number(index)]!);
  return Buffer.from(blake3(Buffer.concat(read), {key}));
}
