import {nodeIdOf} from '../crypto/ids.ts';
import {bytesToKey, equalBytes, type SigningPublicKey} from '../protocol/bytes.ts';
import {isDuty, type Tx} from '../protocol/chain/tx.ts';
import type {ChainConfig} from './config.ts';
import {TxError} from './errors.ts';

/** Keys that transactions before this one bring along, by bytesToKey of the account or node. */
export type InlineKeys = Map<string, SigningPublicKey>;

/**
 * Adds the keys of one transaction: its sender's, and that of the node that it registers.
 * @throws TxError TX_NODE_ID_MISMATCH for a node key of another id: it must not vouch for others.
 */
export function bringKeys(inline: InlineKeys, tx: Tx, {chainId}: ChainConfig): void {
  const {unsigned, publicKey} = tx;
  if (isDuty(unsigned)) return;
  if (publicKey !== undefined) inline.set(bytesToKey(unsigned.value.sender), publicKey);
  if (unsigned.type !== 'registerServiceNode') return;
  const {nodeId, publicKey: nodeKey} = unsigned.value.body;
  if (!equalBytes(nodeIdOf(chainId, nodeKey), nodeId)) throw new TxError('TX_NODE_ID_MISMATCH');
  inline.set(bytesToKey(nodeId), nodeKey);
}
