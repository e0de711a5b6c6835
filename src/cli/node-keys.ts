import {randomBytes} from 'node:crypto';
import {orderKeyRevocation, orderKeyRotation} from '../client/node-orders.ts';
import {sha256} from '../crypto/hash.ts';
import {createKemKey} from '../crypto/ml-kem.ts';
import {writeIdentityFile} from '../daemon/identity-files.ts';
import {hashChainOn} from '../daemon/node-secrets.ts';
import {withNewKeys} from '../daemon/rotate-keys.ts';
import {bytesToHex, hexToBytes} from '../protocol/bytes.ts';
import type {Arguments} from './arguments.ts';
import type {CliContext} from './command.ts';
import {usageError} from './errors.ts';
import {openOwnNode, sendOrder} from './node-order.ts';

type Run = {readonly args: Arguments; readonly context: CliContext};

/** A new transport key: in the node's key file, on disk, before anybody else hears of it. */
export async function rotateKeys(run: Run): Promise<void> {
  const {args, context} = run;
  const node = await openOwnNode(args, context);
  const {chainId} = node.init.chain;
  const withHashChain = args.flag('new-hash-chain');
  const {identity, rotation} = withNewKeys(
    node.identity,
    {chainId, record: node.record, withHashChain},
    (length) => new Uint8Array(randomBytes(length)),
  );
  await writeIdentityFile(node.file, identity, {passphrase: node.passphrase, overwrite: true});
  const {kemSeed, chainSeed} = rotation;
  const encryptionKey = createKemKey(kemSeed).publicKey;
  const hashChainTip = chainSeed === undefined ? undefined : hashChainOn(chainSeed, chainId).tip;
  const value = orderKeyRotation(node.init, {encryptionKey, hashChainTip}, node.signer);
  const facts = {
    file: node.file,
    encryptionKey: `0x${bytesToHex(encryptionKey)}`,
    hashChainTip: hashChainTip === undefined ? null : `0x${bytesToHex(hashChainTip)}`,
  };
  const also = withHashChain ? ' and, from the next epoch on, a new hash chain' : '';
  const done = `${node.record.nodeId} has a new transport key${also}; the old key stays usable for two epochs`;
  await sendOrder(run, node, {type: 'rotateTransportKey', value}, {done, facts});
}

/** Takes a transport key out of use. */
export async function revokeKey(run: Run): Promise<void> {
  const {args, context} = run;
  const node = await openOwnNode(args, context);
  const {encryptionKey, transportKeys} = node.record;
  const isPrevious = args.flag('previous');
  const revoked = isPrevious ? transportKeys.previous?.encryptionKey : encryptionKey;
  if (revoked === undefined) throw usageError('the node has no previous key that is still usable');
  const keyHash = sha256(hexToBytes(revoked));
  const value = orderKeyRevocation(node.init, keyHash, node.signer);
  const facts = {encryptionKey: revoked};
  const done = isPrevious
    ? `the previous transport key of ${node.record.nodeId} is revoked`
    : `the transport key of ${node.record.nodeId} is revoked: nobody encrypts to the node until its keys are rotated`;
  await sendOrder(run, node, {type: 'revokeTransportKey', value}, {done, facts});
}
