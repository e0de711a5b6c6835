import {bytesToKey, type NodeId} from '../../src/protocol/bytes.ts';
import type {Assigned} from './duties.ts';

/** Sets bit i, lowest first, of byte i // 8. */
export function setBit(bytes: Uint8Array, index: number): void {
  bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (1 << (index & 7));
}

const NO_DISSENT = new Uint8Array();

/** What honest members saw of each other's answers in one epoch; they say it in the next. */
export class Dissent {
  readonly #bitmaps = new Map<string, Uint8Array>();

  /** @param answered the keys of the nodes whose answer was accepted */
  constructor(
    members: ReadonlyMap<number, readonly Assigned[]> = new Map(),
    answered: ReadonlySet<string> = new Set(),
  ) {
    for (const swarm of members.values()) {
      const bitmap = new Uint8Array(Math.ceil(swarm.length / 8));
      for (const [index, {node}] of swarm.entries()) {
        if (node.kind === 'cheat' && answered.has(bytesToKey(node.nodeId))) setBit(bitmap, index);
      }
      if (bitmap.every((byte) => byte === 0)) continue;
      for (const {nodeId} of swarm) this.#bitmaps.set(bytesToKey(nodeId), bitmap);
    }
  }

  of(nodeId: NodeId): Uint8Array {
    return this.#bitmaps.get(bytesToKey(nodeId)) ?? NO_DISSENT;
  }
}
