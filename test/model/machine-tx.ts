import {
  hexToBytes,
  toAddress,
  toChainId,
  toHash,
  toKemPublicKey,
  toNodeId,
  toSignature,
  toSigningPublicKey,
  toTxId,
} from '../../src/protocol/bytes.ts';
import {
  SCHEME_ML_DSA_65,
  SCHEME_ML_KEM_768,
} from '../../src/protocol/chain/register-service-node.ts';
import {Tx, type UnsignedTx} from '../../src/protocol/chain/tx.ts';
import {encode} from '../../src/protocol/codec.ts';
import {type ParsedTx, parseTx} from '../../src/vm/parsed-tx.ts';
import type {Hex} from '../reference/hex.ts';
import type {StoredSet} from '../reference/state.ts';
import type {
  AccountTx,
  CommitmentBody,
  CommitmentTx,
  DutyHeader,
  ModelTx,
  ResponseTx,
  SignedCommitment,
} from '../reference/transactions.ts';

/** Signatures are the shell's: the state machine never looks at one. */
const SIGNATURE = toSignature(new Uint8Array(3309));

const bytes = (hex: Hex): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

/** Keys are long, and the same again and again. */
const keys = new Map<Hex, Uint8Array>();
function key<T extends Uint8Array>(hex: Hex, make: (bytes: Uint8Array) => T): T {
  let found = keys.get(hex);
  if (found === undefined) {
    found = hexToBytes(hex);
    keys.set(hex, found);
  }
  return make(found);
}

const nodeId = (hex: Hex) => toNodeId(bytes(hex));
const hash = (hex: Hex) => toHash(bytes(hex));

const storedSet = ({root, ...counts}: StoredSet) => ({root: hash(root), ...counts});

const dutyHeader = ({networkId, chainId, epoch, revision, nodeId: id}: DutyHeader) => ({
  networkId,
  chainId: toChainId(bytes(chainId)),
  epoch: BigInt(epoch),
  revision,
  nodeId: nodeId(id),
});

const commitmentBody = ({swarmId, set, reveal, dissent}: CommitmentBody) => ({
  swarmId,
  set: storedSet(set),
  reveal: reveal === undefined ? undefined : hash(reveal),
  dissent: bytes(dissent),
});

const signedCommitment = ({body, ...header}: SignedCommitment) => ({
  duty: {...dutyHeader(header), body: commitmentBody(body)},
  signature: SIGNATURE,
});

function accountBody(tx: AccountTx): unknown {
  switch (tx.kind) {
    case 'transfer':
      return {to: toAddress(bytes(tx.body.to)), amount: tx.body.amount};
    case 'registerServiceNode':
      return {
        nodeId: nodeId(tx.body.nodeId),
        signatureScheme: SCHEME_ML_DSA_65,
        publicKey: key(tx.body.publicKey, toSigningPublicKey),
        kemScheme: SCHEME_ML_KEM_768,
        encryptionKey: key(tx.body.encryptionKey, toKemPublicKey),
        hashChainTip: hash(tx.body.hashChainTip),
        stake: tx.body.stake,
        consent: SIGNATURE,
      };
    case 'addStake':
      return {nodeId: nodeId(tx.body.nodeId), amount: tx.body.amount};
    case 'deregisterServiceNode':
    case 'withdrawStake':
      return {nodeId: nodeId(tx.body.nodeId)};
    case 'evidence':
      return {first: signedCommitment(tx.body.first), second: signedCommitment(tx.body.second)};
    case 'lossClaim':
    case 'lossAnswer':
      return tx.body;
    default:
      return orderBody(tx);
  }
}

function orderBody(tx: Extract<AccountTx, {readonly body: {readonly sequence: number}}>): unknown {
  const order = {
    nodeId: nodeId(tx.body.nodeId),
    sequence: BigInt(tx.body.sequence),
    signature: SIGNATURE,
  };
  switch (tx.kind) {
    case 'rotateTransportKey': {
      const {encryptionKey, hashChainTip} = tx.body;
      return {
        ...order,
        kemScheme: SCHEME_ML_KEM_768,
        encryptionKey: key(encryptionKey, toKemPublicKey),
        hashChainTip: hashChainTip === undefined ? undefined : hash(hashChainTip),
      };
    }
    case 'revokeTransportKey':
      return {...order, keyHash: hash(tx.body.keyHash)};
    case 'maintenance':
      return {...order, fromEpoch: BigInt(tx.body.fromEpoch), epochs: tx.body.epochs};
  }
}

function dutyBody(tx: CommitmentTx | ResponseTx): unknown {
  if (tx.kind === 'storageCommitment') return commitmentBody(tx.body);
  const {answer, witness, ...counts} = tx.body;
  return {answer: hash(answer), ...counts, witness: bytes(witness)};
}

function unsignedTx(tx: ModelTx): UnsignedTx {
  if (tx.kind === 'storageCommitment' || tx.kind === 'uptimeResponse') {
    const value = {...dutyHeader(tx.header), body: dutyBody(tx)};
    return {type: tx.kind, value} as UnsignedTx;
  }
  const {networkId, chainId, sender, nonce, fee, expiryHeight} = tx.header;
  const value = {
    networkId,
    chainId: toChainId(bytes(chainId)),
    sender: toAddress(bytes(sender)),
    nonce: BigInt(nonce),
    fee,
    expiryHeight: BigInt(expiryHeight),
    body: accountBody(tx),
  };
  return {type: tx.kind, value} as UnsignedTx;
}

const NO_BYTES = new Uint8Array(1);

function machineTx(tx: ModelTx): Tx {
  const publicKey = tx.publicKey === undefined ? undefined : key(tx.publicKey, toSigningPublicKey);
  return {unsigned: unsignedTx(tx), publicKey, signature: SIGNATURE};
}

/** The transaction as the state machine takes it. Its bytes, which no rule reads, are left out. */
export function sketchTx(tx: ModelTx): ParsedTx {
  return {id: toTxId(bytes(tx.id)), bytes: NO_BYTES, tx: machineTx(tx)};
}

/** The same with its true bytes and id. */
export function encodeTx(tx: ModelTx): ParsedTx {
  return parseTx(encode(Tx, machineTx(tx)));
}
