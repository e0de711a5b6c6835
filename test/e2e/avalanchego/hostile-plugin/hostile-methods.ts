import {randomBytes} from 'node:crypto';
import type {VmMethods} from '../../../../src/plugin/messages.ts';
import {encodeSummary} from '../../../../src/plugin/sync/summary-shelf.ts';
import {toBlockId, toHash, toNodeId} from '../../../../src/protocol/bytes.ts';
import {StateSummary} from '../../../../src/protocol/chain/state-summary.ts';
import {decode} from '../../../../src/protocol/codec.ts';
import type {Attack} from './attack.ts';

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

/** A summary of a height that exists, with a block and a state that do not. */
function falseSummary(height: bigint) {
  const summary = {height, blockId: toBlockId(random(32)), stateRoot: toHash(random(32))};
  return encodeSummary(summary);
}

/** Honest to its own node where consensus needs it; what goes to other nodes is false. */
export function hostileMethods(honest: VmMethods, attack: Attack): VmMethods {
  const {GetLastStateSummary, Connected, Disconnected} = honest;
  return {
    ...honest,
    async Connected(message, context) {
      attack.meet(toNodeId(message.nodeId));
      return Connected(message, context);
    },
    async Disconnected(message, context) {
      attack.miss(toNodeId(message.nodeId));
      return Disconnected(message, context);
    },
    AppGossip: () => ({}),
    AppRequest(message) {
      attack.answer(message);
      return {};
    },
    GetAncestors: () => ({blksBytes: [random(1000), random(100_000), new Uint8Array()]}),
    async GetLastStateSummary(message, context) {
      const {bytes, err} = await GetLastStateSummary(message, context);
      const {height} = decode(StateSummary, bytes);
      const lie = falseSummary(height > 0n ? height - 1n : 0n);
      return {id: lie.id, height: lie.summary.height, bytes: lie.bytes, err};
    },
    async GetStateSummary({height}) {
      const {id, bytes} = falseSummary(height);
      return {id, bytes, err: 0};
    },
  };
}
