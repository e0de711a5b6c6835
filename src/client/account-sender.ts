import {addressOf, addressToString, idFromString, idToString} from '../crypto/ids.ts';
import type {Signer} from '../crypto/ml-dsa.ts';
import type {ChainClient, NetworkInfo} from '../protocol/api.ts';
import {bytesToHex, type TxId, toChainId} from '../protocol/bytes.ts';
import {type AccountBody, type ChainRef, defaultExpiry, signAccountTx} from './transactions.ts';

/** The chain that `getNetwork` names. @throws CodecError for an id that is no id. */
export function chainRefOf({networkId, chainId}: NetworkInfo): ChainRef {
  return {networkId, chainId: toChainId(idFromString(chainId))};
}

/**
 * Signs one account transaction with the account's next nonce, the chain's smallest fee and the
 * usual expiry, and hands it to the chain.
 * @throws ApiError when the chain refuses it, ClientError when it cannot be asked.
 */
export async function sendAccountTx(
  client: ChainClient,
  {
    network,
    signer,
    body,
  }: {
    readonly network: NetworkInfo;
    readonly signer: Signer;
    readonly body: AccountBody;
  },
  signal?: AbortSignal,
): Promise<TxId> {
  const address = addressToString(addressOf(signer.publicKey));
  const {nextNonce} = await client.call('getAccount', {address}, signal);
  const {height} = await client.call('getLastAccepted', {}, signal);
  const signed = signAccountTx(
    {
      chain: chainRefOf(network),
      body,
      nonce: BigInt(nextNonce),
      fee: BigInt(network.minFee),
      expiryHeight: defaultExpiry(BigInt(height), network),
    },
    signer,
  );
  await client.call('issueTx', {tx: `0x${bytesToHex(signed.bytes)}`}, signal);
  return signed.txId;
}

/** Whether the transaction is in an accepted block by now, still may be, or is gone. */
export async function txOutcome(
  client: ChainClient,
  txId: TxId,
  signal?: AbortSignal,
): Promise<'accepted' | 'waiting' | 'gone'> {
  const {status} = await client.call('getTx', {id: idToString(txId)}, signal);
  if (status === 'accepted') return 'accepted';
  return status === 'unknown' || status === 'refused' ? 'gone' : 'waiting';
}
