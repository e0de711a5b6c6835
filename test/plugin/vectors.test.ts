import {describe, expect, it} from 'vitest';
import {AppliedUpgrades} from '../../src/plugin/applied-upgrades.ts';
import {
  ChainIdentity,
  eventKey,
  heightKey,
  LastAccepted,
  missKey,
  RecentSummaries,
  StateSlot,
} from '../../src/plugin/chain-keys.ts';
import {EventChunk, HistoryBounds, MissRecord} from '../../src/plugin/events/stored-event.ts';
import {GossipMessage} from '../../src/plugin/gossip-message.ts';
import {PeerAnswer, PeerRequest} from '../../src/plugin/peers/peer-codec.ts';
import {bytesToHex, hexToBytes, toNodeId} from '../../src/protocol/bytes.ts';
import {StatePrefixProof} from '../../src/protocol/chain/state-prefix-proof.ts';
import {StateProof} from '../../src/protocol/chain/state-proof.ts';
import {StateSummary} from '../../src/protocol/chain/state-summary.ts';
import {type Codec, decode, encode} from '../../src/protocol/codec.ts';
import {shownValue} from '../client/shown-value.ts';
import {pluginVectors} from './vectors/make.ts';
import vectors from './vectors/plugin.json' with {type: 'json'};

const CODECS: Readonly<Record<string, Codec<unknown>>> = {
  StateProof,
  StatePrefixProof,
  ChainIdentity,
  LastAccepted,
  AppliedUpgrades,
  StateSlot,
  StateSummary,
  RecentSummaries,
  HistoryBounds,
  EventChunk,
  MissRecord,
  GossipMessage,
  PeerRequest,
  PeerAnswer,
};

/** SPEC.md §8.2 and §12 against bytes that a second encoder made. */
describe('vectors of the plugin', () => {
  it('are what the second encoder makes, of every codec', () => {
    expect(vectors).toEqual(JSON.parse(JSON.stringify(pluginVectors())));
    expect(new Set(vectors.values.map(({codec}) => codec))).toEqual(new Set(Object.keys(CODECS)));
  });

  it.each(vectors.values)('$codec: $name', ({codec: name, value, bytes}) => {
    const codec = CODECS[name]!;
    const decoded = decode(codec, hexToBytes(bytes));
    expect(shownValue(decoded)).toEqual(value);
    expect(bytesToHex(encode(codec, decoded))).toBe(bytes);
  });

  it('keys of events, misses and heights', () => {
    const nodeId = toNodeId(Uint8Array.from({length: 20}, (_, i) => 0x70 + i));
    const keys = [eventKey(17n, 512), missKey(nodeId, 5n), heightKey(17n)].map(bytesToHex);
    expect(keys).toEqual(vectors.keys.map(({key}) => key));
  });
});
