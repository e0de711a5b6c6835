import {setTimeout} from 'node:timers/promises';
import {sendAccountTx, txOutcome} from '../client/account-sender.ts';
import type {AccountBody} from '../client/transactions.ts';
import {idToString} from '../crypto/ids.ts';
import type {Signer} from '../crypto/ml-dsa.ts';
import type {ChainClient, NetworkInfo} from '../protocol/api.ts';
import type {TxId} from '../protocol/bytes.ts';
import type {Arguments} from './arguments.ts';
import type {CliContext} from './command.ts';
import {CliError} from './errors.ts';
import {print} from './output.ts';

const WAIT_MS = 30_000;
const PAUSE_MS = 200;

export const SEND_OPTIONS = {'no-wait': {type: 'boolean'}} as const;
export const SEND_HELP = '--no-wait  do not wait until the transaction is accepted';

async function waitUntilAccepted(
  client: ChainClient,
  txId: TxId,
  signal: AbortSignal,
): Promise<boolean> {
  const end = Date.now() + WAIT_MS;
  while (Date.now() < end) {
    if ((await txOutcome(client, txId, signal)) === 'accepted') return true;
    await setTimeout(PAUSE_MS, undefined, {signal});
  }
  return false;
}

/**
 * Sends one account transaction, waits until it is accepted and prints what was done; `facts` join
 * the JSON.
 * @throws CliError CLI_NOT_ACCEPTED when 30 s pass without a block that holds it.
 */
export async function sendAndPrint(
  {
    args,
    context,
    client,
    network,
  }: {
    readonly args: Arguments;
    readonly context: CliContext;
    readonly client: ChainClient;
    readonly network: NetworkInfo;
  },
  {signer, body}: {readonly signer: Signer; readonly body: AccountBody},
  done: string,
  facts: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const {signal} = context;
  const txId = await sendAccountTx(client, {network, signer, body}, signal);
  const id = idToString(txId);
  const isAwaited = !args.flag('no-wait');
  if (isAwaited && !(await waitUntilAccepted(client, txId, signal))) {
    throw new CliError('CLI_NOT_ACCEPTED', {txId: id});
  }
  const status = isAwaited ? 'accepted' : 'sent';
  await print(
    context,
    args,
    {...facts, txId: id, status},
    () => `${done}\ntransaction ${id} ${status}`,
  );
}
