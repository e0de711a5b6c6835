import {addressOf, idFromString, idToString, nodeIdOf} from '../crypto/ids.ts';
import {type Signer, verifySignature} from '../crypto/ml-dsa.ts';
import {verifyStateProof} from '../crypto/state-proof.ts';
import type {ChainClient} from '../protocol/api.ts';
import {
  type Address,
  bytesToHex,
  type ChainId,
  equalBytes,
  hexToBytes,
  type NodeId,
  toBlockId,
  toHash,
  ZERO_HASH,
} from '../protocol/bytes.ts';
import {
  ANY_CHAIN,
  BondReport,
  type ProvenRecord,
  SignedBondReport,
} from '../protocol/chain/bond-report.ts';
import {EPOCH_STATE_KEY, TOTALS_KEY} from '../protocol/chain/state-keys.ts';
import {StateProof} from '../protocol/chain/state-proof.ts';
import {EpochState, Totals} from '../protocol/chain/state-records.ts';
import {decode, encode} from '../protocol/codec.ts';
import {SIGNATURE_CONTEXT} from '../protocol/domains.ts';
import {chainRefOf} from './account-sender.ts';
import {ClientError} from './errors.ts';

const hex = (bytes: Uint8Array): string => `0x${bytesToHex(bytes)}`;

function proven(
  {value, proof}: ProvenRecord,
  key: Uint8Array,
  stateRoot: BondReport['message']['stateRoot'],
): Uint8Array {
  if (verifyStateProof(stateRoot, key, value, proof)) return value;
  throw new ClientError('CLIENT_BOND_BAD_PROOF', {key: hex(key)});
}

/** What the proven records say, in the words of a report. @throws CodecError, ClientError */
function factsOf({
  report,
  epochState,
  totals,
}: Pick<SignedBondReport, 'report' | 'epochState' | 'totals'>) {
  const {stateRoot} = report.message;
  const {epoch} = decode(EpochState, proven(epochState, EPOCH_STATE_KEY, stateRoot));
  const sums = decode(Totals, proven(totals, TOTALS_KEY, stateRoot));
  const totalSlashed = sums.burnedByMisses + sums.burnedByFaults;
  return {
    epoch,
    totalBonded: sums.totalBonded,
    totalSlashed,
    activeNodes: sums.nodeCount,
    unbonding: sums.unbonding,
    burned: totalSlashed + sums.burnedFees,
  };
}

/**
 * Asks for what is bonded after the last accepted block, with proofs, and signs it. Nothing is signed that
 * the proofs do not show.
 * @throws ClientError CLIENT_BOND_BAD_PROOF; what asking the chain throws
 */
export async function createBondReport(
  client: ChainClient,
  {signer, destination = ANY_CHAIN}: {readonly signer: Signer; readonly destination?: ChainId},
  signal?: AbortSignal,
): Promise<SignedBondReport> {
  const {networkId, chainId} = chainRefOf(await client.call('getNetwork', {}, signal));
  const keys = [EPOCH_STATE_KEY, TOTALS_KEY].map(hex);
  const answer = await client.call('getProof', {keys}, signal);
  const [epochState, totals] = answer.keys.map(({value, proof}): ProvenRecord => {
    return {value: hexToBytes(value ?? ''), proof: decode(StateProof, hexToBytes(proof))};
  });
  if (epochState === undefined || totals === undefined) {
    throw new ClientError('CLIENT_BAD_RESPONSE', {path: 'getProof.keys', expected: 'two'});
  }
  const base = {
    magic: undefined,
    version: 1,
    kind: 4,
    destination,
    lockId: ZERO_HASH,
    height: BigInt(answer.height),
    stateRoot: toHash(hexToBytes(answer.stateRoot)),
  } as const;
  const empty = {epoch: 0n, totalBonded: 0n, totalSlashed: 0n, activeNodes: 0};
  const blockId = toBlockId(idFromString(answer.blockId));
  const timestampMs = BigInt(answer.timestampMs);
  const frame = {networkId, chainId, blockId, timestampMs, unbonding: 0n, burned: 0n};
  const draft = {...frame, message: {...base, ...empty}};
  const {unbonding, burned, ...sums} = factsOf({report: draft, epochState, totals});
  const report = {...frame, message: {...base, ...sums}, unbonding, burned};
  const signature = signer.sign(SIGNATURE_CONTEXT.bond, encode(BondReport, report));
  return {report, epochState, totals, publicKey: signer.publicKey, signature};
}

export type CheckedBondReport = {
  readonly report: BondReport;
  /** Of whoever signed: an account, and the NodeID that the key has on this chain. */
  readonly address: Address;
  readonly nodeId: NodeId;
};

/**
 * Reads a report and checks all that needs no chain: who signed it, and that its sums are in the state
 * whose root it names. Whether that root is the chain's, `compareBondReport` says.
 * @throws CodecError; ClientError CLIENT_BOND_BAD_SIGNATURE, CLIENT_BOND_BAD_PROOF
 */
export function readBondReport(bytes: Uint8Array): CheckedBondReport {
  const signed = decode(SignedBondReport, bytes);
  const {report, publicKey, signature} = signed;
  const message = encode(BondReport, report);
  if (!verifySignature({publicKey, context: SIGNATURE_CONTEXT.bond, message, signature})) {
    throw new ClientError('CLIENT_BOND_BAD_SIGNATURE');
  }
  const {unbonding, burned, ...sums} = factsOf(signed);
  const said = {...report.message, unbonding: report.unbonding, burned: report.burned};
  for (const [name, value] of Object.entries({...sums, unbonding, burned})) {
    if (said[name as keyof typeof said] === value) continue;
    throw new ClientError('CLIENT_BOND_BAD_PROOF', {field: name, proven: value});
  }
  return {report, address: addressOf(publicKey), nodeId: nodeIdOf(report.chainId, publicKey)};
}

/**
 * Whether the chain has the block that a report speaks of, by the word of this server.
 * @throws ClientError CLIENT_BOND_OTHER_CHAIN; what asking the chain throws
 */
export async function compareBondReport(
  client: ChainClient,
  {networkId, chainId, blockId, timestampMs, message}: BondReport,
  signal?: AbortSignal,
): Promise<void> {
  const other = (problem: string): ClientError =>
    new ClientError('CLIENT_BOND_OTHER_CHAIN', {problem, height: message.height});
  const chain = chainRefOf(await client.call('getNetwork', {}, signal));
  if (chain.networkId !== networkId || !equalBytes(chain.chainId, chainId)) {
    throw other('it is of another chain');
  }
  const height = message.height.toString();
  const block = await client.call('getBlockByHeight', {height}, signal);
  if (block.id !== idToString(blockId)) throw other('another block is at this height');
  if (block.stateRoot !== hex(message.stateRoot)) throw other('the block has another state root');
  if (BigInt(block.timestampMs) !== timestampMs) throw other('the block has another time');
}
