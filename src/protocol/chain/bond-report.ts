import {
  toBlockId,
  toChainId,
  toHash,
  toSignature,
  toSigningPublicKey,
  ZERO_HASH,
} from '../bytes.ts';
import {bytes, type CodecValue, fixed, oneOf, struct, u32, u64, versioned} from '../codec.ts';
import {magic} from '../magic.ts';
import {StateProof} from './state-proof.ts';

/** No chain in particular. */
export const ANY_CHAIN = toChainId(ZERO_HASH);

/**
 * Kind 4 of the messages that the house foresees between a stake vault and this chain: what is bonded
 * after one block. 138 bytes, the same whether it is signed here or sent by warp later. SPEC.md §17.4.
 */
export const BondMessage = struct('BondMessage', {
  magic: magic('SVMS', 'a stake message'),
  version: oneOf('stake message version', [1]),
  kind: oneOf('stake message kind', [4]),
  /** For whom it is; 32 zero bytes for everybody. */
  destination: fixed(toChainId),
  /** Of a lock, which kind 4 has none of: 32 zero bytes. */
  lockId: fixed(toHash),
  epoch: u64,
  height: u64,
  totalBonded: u64,
  /** Burned by misses and by faults. */
  totalSlashed: u64,
  /** Registered nodes that are not retired. */
  activeNodes: u32,
  stateRoot: fixed(toHash),
});
export type BondMessage = CodecValue<typeof BondMessage>;

/** What is signed, context `bond`. */
export const BondReport = versioned(
  1,
  struct('BondReport', {
    networkId: u32,
    chainId: fixed(toChainId),
    message: BondMessage,
    blockId: fixed(toBlockId),
    /** Time of that block, Unix ms. */
    timestampMs: u64,
    unbonding: u64,
    /** By misses, faults and fees. */
    burned: u64,
  }),
);
export type BondReport = CodecValue<typeof BondReport>;

/** Two records are proven, each below 512 bytes. */
const ProvenRecord = struct('ProvenRecord', {value: bytes({maxLength: 512}), proof: StateProof});
export type ProvenRecord = CodecValue<typeof ProvenRecord>;

/** The report, what proves it under the state root in it, and who vouches for that root. */
export const SignedBondReport = struct('SignedBondReport', {
  report: BondReport,
  epochState: ProvenRecord,
  totals: ProvenRecord,
  publicKey: fixed(toSigningPublicKey),
  signature: fixed(toSignature),
});
export type SignedBondReport = CodecValue<typeof SignedBondReport>;
