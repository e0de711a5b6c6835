import {nodeIdOf} from '../crypto/ids.ts';
import {type Signer, verifySignature} from '../crypto/ml-dsa.ts';
import {type Address, equalBytes, type Hash, type KemPublicKey} from '../protocol/bytes.ts';
import {
  NodeConsent,
  type RegisterServiceNode,
  type RegistrationRequest,
  SCHEME_ML_DSA_65,
  SCHEME_ML_KEM_768,
} from '../protocol/chain/register-service-node.ts';
import {encode} from '../protocol/codec.ts';
import {SIGNATURE_CONTEXT} from '../protocol/domains.ts';
import {ClientError} from './errors.ts';
import type {ChainRef} from './transactions.ts';

export type RegistrationInit = {
  readonly chain: ChainRef;
  /** The account that will stake for the node. */
  readonly owner: Address;
  readonly encryptionKey: KemPublicKey;
  /** Tip of the node's hash chain. */
  readonly hashChainTip: Hash;
};

/** The node's side of a registration: who it is, and its consent to be registered by this owner. */
export function createRegistrationRequest(
  {chain: {networkId, chainId}, owner, encryptionKey, hashChainTip}: RegistrationInit,
  node: Signer,
): RegistrationRequest {
  const consent: NodeConsent = {
    networkId,
    chainId,
    owner,
    nodeId: nodeIdOf(chainId, node.publicKey),
    signatureScheme: SCHEME_ML_DSA_65,
    publicKey: node.publicKey,
    kemScheme: SCHEME_ML_KEM_768,
    encryptionKey,
    hashChainTip,
  };
  const signature = node.sign(SIGNATURE_CONTEXT.register, encode(NodeConsent, consent));
  return {...consent, consent: signature};
}

/**
 * The owner's side: checks what the node asks for and turns it into the transaction's body.
 * @throws ClientError CLIENT_BAD_CONSENT for another chain, another owner, or a false signature:
 * the chain would refuse it, and the fee with it.
 */
export function acceptRegistrationRequest(
  request: RegistrationRequest,
  {
    chain,
    owner,
    stake,
  }: {
    readonly chain: ChainRef;
    readonly owner: Address;
    readonly stake: bigint;
  },
): RegisterServiceNode {
  const {consent, networkId, chainId, owner: asked, ...identity} = request;
  if (networkId !== chain.networkId || !equalBytes(chainId, chain.chainId)) {
    throw new ClientError('CLIENT_BAD_CONSENT', {problem: 'it is for another chain'});
  }
  if (!equalBytes(asked, owner)) {
    throw new ClientError('CLIENT_BAD_CONSENT', {problem: 'it names another owner account'});
  }
  const {publicKey} = identity;
  const message = encode(NodeConsent, {networkId, chainId, owner, ...identity});
  const context = SIGNATURE_CONTEXT.register;
  const isSigned = verifySignature({publicKey, context, message, signature: consent});
  if (!isSigned || !equalBytes(nodeIdOf(chainId, publicKey), identity.nodeId)) {
    throw new ClientError('CLIENT_BAD_CONSENT', {problem: 'the node did not sign it'});
  }
  return {...identity, stake, consent};
}
