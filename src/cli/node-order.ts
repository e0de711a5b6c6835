import {join, resolve} from 'node:path';
import {chainRefOf} from '../client/account-sender.ts';
import type {OrderInit} from '../client/node-orders.ts';
import type {AccountBody} from '../client/transactions.ts';
import {nodeIdOf, nodeIdToString} from '../crypto/ids.ts';
import type {Signer} from '../crypto/ml-dsa.ts';
import type {NodeIdentity} from '../daemon/node-secrets.ts';
import type {ChainClient, NetworkInfo, ServiceNodeInfo} from '../protocol/api.ts';
import type {Arguments} from './arguments.ts';
import {connect, RPC_OPTION} from './chain.ts';
import type {CliContext} from './command.ts';
import {usageError} from './errors.ts';
import {givenPassphrase, KEY_OPTIONS, loadIdentity, openIdentity, signerOf} from './keys.ts';
import {JSON_OPTION} from './output.ts';
import {SEND_OPTIONS, sendAndPrint} from './send-tx.ts';

const NODE_PASSPHRASE = 'node-passphrase-file';

/** Options of every command in which a node key signs and an account pays. */
export const ORDER_OPTIONS = {
  ...RPC_OPTION,
  ...JSON_OPTION,
  ...KEY_OPTIONS,
  ...SEND_OPTIONS,
  data: {type: 'string'},
  'node-key': {type: 'string'},
  [NODE_PASSPHRASE]: {type: 'string'},
} as const;

export const ORDER_HELP = `--data DIR       the node's data folder: its key is DIR/node.key
--node-key FILE  the node's identity file, when it is elsewhere
--node-passphrase-file FILE  as --passphrase-file, for the node's key`;

/** A node of this machine, as its key file and the chain have it. */
export type OwnNode = {
  readonly file: string;
  readonly identity: NodeIdentity;
  readonly passphrase: string | undefined;
  readonly signer: Signer;
  /** The account that pays. */
  readonly payer: Signer;
  readonly record: ServiceNodeInfo;
  /** Of the order that comes next. */
  readonly init: OrderInit;
  readonly client: ChainClient;
  readonly network: NetworkInfo;
};

function nodeKeyFile(args: Arguments): string {
  const [file, data] = [args.text('node-key'), args.text('data')];
  if (file !== undefined) return resolve(file);
  if (data === undefined) throw usageError('say which node: --data DIR, or --node-key FILE');
  return join(resolve(data), 'node.key');
}

/** @throws CliError CLI_USAGE for the key of something else; ApiError for an unknown node */
export async function openOwnNode(args: Arguments, context: CliContext): Promise<OwnNode> {
  const file = nodeKeyFile(args);
  const payer = signerOf(await loadIdentity(resolve(args.required('key')), args, context));
  const given =
    args.text(NODE_PASSPHRASE) === undefined
      ? await givenPassphrase(args, context)
      : await givenPassphrase(args, context, NODE_PASSPHRASE);
  const {identity, passphrase} = await openIdentity(file, given, context);
  if (identity.kind !== 'node') throw usageError(`${file} is not the key of a service node`);
  const client = connect(args, context);
  const network = await client.call('getNetwork', {}, context.signal);
  const chain = chainRefOf(network);
  const signer = signerOf(identity);
  const nodeId = nodeIdToString(nodeIdOf(chain.chainId, signer.publicKey));
  const record = await client.call('getServiceNode', {nodeId}, context.signal);
  const init = {chain, sequence: BigInt(record.sequence) + 1n};
  return {file, identity, passphrase, signer, payer, record, init, client, network};
}

/** Has the account of `--key` send what the node signed. */
export async function sendOrder(
  {args, context}: {readonly args: Arguments; readonly context: CliContext},
  {client, network, record, payer}: OwnNode,
  body: AccountBody,
  {done, facts}: {readonly done: string; readonly facts: Readonly<Record<string, unknown>>},
): Promise<void> {
  const parts = {args, context, client, network};
  const all = {nodeId: record.nodeId, ...facts};
  await sendAndPrint(parts, {signer: payer, body}, done, all);
}
