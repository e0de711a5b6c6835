import {sha256} from '@noble/hashes/sha2.js';
import * as is from '../second-codec.ts';
import {ascii, hex, join, type Piece, tagged} from '../second-codec.ts';
import {signBy} from '../second-seal.ts';
import {alice, bob, CHAIN_ID, filled, NETWORK_ID, TIME_MS} from './fixtures.ts';
import {nodeId} from './overlay-values.ts';

/** SPEC.md §17 by hand: a DID, and what is bonded in a state of two records, signed by Alice. */
const didOf = (key: Uint8Array): string =>
  `did:lux:${is.cb58(sha256(join(ascii('identityvm/identity'), key)))}`;

const epochState = is.struct({
  epoch: is.u64(12n),
  transitions: is.u64(11n),
  mix: is.fixed(filled(32, 1)),
  drawn: is.bool(true),
  previousMix: is.fixed(filled(32, 2)),
  roundABlocks: is.u32(3),
  answersAfter: is.maybe(is.u64(77n)),
  answersClosed: is.bool(false),
  dutyCount: is.u32(4),
  swarmExponent: is.u8(1),
  nextSwarmExponent: is.maybe(),
  growStreak: is.u8(0),
  shrinkStreak: is.u8(0),
  amnestyStreak: is.u8(0),
});
const totals = is.struct({
  supply: is.u64(1_000_000_000n),
  totalBonded: is.u64(400_000_000n),
  unbonding: is.u64(5_000_000n),
  burnedByMisses: is.u64(500_000n),
  burnedByFaults: is.u64(10_000_000n),
  burnedFees: is.u64(7n),
  treasury: is.u64(0n),
  nodeCount: is.u32(4),
});

/** §8.2: keys `01` and `02` first differ at bit 6, where `02` goes right. */
const BIT = is.u16(6);
const leafOf = (key: number, {bytes}: Piece): Uint8Array =>
  tagged('lux/session/state-leaf/v1', is.u16(1).bytes, Uint8Array.of(key), sha256(bytes));
const [left, right] = [leafOf(1, epochState), leafOf(2, totals)];
const stateRoot = tagged('lux/session/state-node/v1', BIT.bytes, left, right);
const proven = (key: number, record: Piece, sibling: Uint8Array): Piece =>
  is.struct({
    value: is.blob(record.bytes),
    proof: is.struct({
      path: is.list(is.struct({bitIndex: BIT, sibling: is.fixed(sibling)})),
      leaf: is.maybe(
        is.struct({
          key: is.blob(Uint8Array.of(key)),
          valueHash: is.fixed(sha256(record.bytes)),
        }),
      ),
    }),
  });

const message = is.struct({
  magic: is.magic('SVMS'),
  version: is.u8(1),
  kind: is.u8(4),
  destination: is.fixed(filled(32, 0xd0)),
  lockId: is.fixed(new Uint8Array(32)),
  epoch: is.u64(12n),
  height: is.u64(90n),
  totalBonded: is.u64(400_000_000n),
  totalSlashed: is.u64(10_500_000n),
  activeNodes: is.u32(4),
  stateRoot: is.fixed(stateRoot),
});
const report = is.versioned(
  1,
  is.struct({
    networkId: is.u32(NETWORK_ID),
    chainId: is.fixed(CHAIN_ID),
    message,
    blockId: is.fixed(filled(32, 0xb0)),
    timestampMs: is.u64(TIME_MS),
    unbonding: is.u64(5_000_000n),
    burned: is.u64(10_500_007n),
  }),
);
const signed = is.struct({
  report,
  epochState: proven(1, epochState, right),
  totals: proven(2, totals, left),
  publicKey: is.fixed(alice.signing.publicKey),
  signature: is.fixed(signBy(alice, 'lux-session-bond-v1', report.bytes)),
});

export function neighbourVectors(): unknown {
  return {
    dids: [alice, bob].map(({signing}) => ({
      publicKey: hex(signing.publicKey),
      did: didOf(signing.publicKey),
    })),
    bond: {
      nodeId: hex(nodeId),
      message: hex(message.bytes),
      value: signed.value,
      bytes: hex(signed.bytes),
    },
  };
}
