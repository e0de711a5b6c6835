import {resolve} from 'node:path';
import {chainRefOf} from '../../client/account-sender.ts';
import {formatAmount, parseAmount} from '../../client/amounts.ts';
import {acceptRegistrationRequest} from '../../client/registration.ts';
import {addressOf, nodeIdToString} from '../../crypto/ids.ts';
import {hexToBytes} from '../../protocol/bytes.ts';
import {RegistrationRequest} from '../../protocol/chain/register-service-node.ts';
import {decode} from '../../protocol/codec.ts';
import {connect, RPC_HELP, RPC_OPTION} from '../chain.ts';
import type {Command} from '../command.ts';
import {readGivenFile} from '../given-file.ts';
import {KEY_HELP, KEY_OPTIONS, loadIdentity, signerOf} from '../keys.ts';
import {JSON_OPTION} from '../output.ts';
import {readAs} from '../read-as.ts';
import {SEND_HELP, SEND_OPTIONS, sendAndPrint} from '../send-tx.ts';

/** The file that `sessionvm node` writes: one line of 0x-hex. */
async function readRequest(file: string, signal: AbortSignal): Promise<RegistrationRequest> {
  const text = new TextDecoder().decode(await readGivenFile(file, signal)).trim();
  return readAs({path: file, expected: 'the request of a service node'}, () =>
    decode(RegistrationRequest, hexToBytes(text)),
  );
}

export const command: Command = {
  usage: 'register FILE --key FILE [--stake AMOUNT] [--rpc URL] [--no-wait] [--json]',
  help: `Registers a service node and locks a stake for it. FILE is the request that the node printed; the
key is that of the owner account which the request names.

--stake AMOUNT  whole tokens; the chain's minimum unless said
${KEY_HELP}
${SEND_HELP}
${RPC_HELP}

example: sessionvm register registration-request.txt --key ~/.sessionvm/owner.key`,
  options: {
    ...RPC_OPTION,
    ...JSON_OPTION,
    ...KEY_OPTIONS,
    ...SEND_OPTIONS,
    stake: {type: 'string'},
  },
  positionals: [1, 1],
  async run(args, context) {
    const request = await readRequest(resolve(args.at(0)), context.signal);
    const file = resolve(args.required('key'));
    const client = connect(args, context);
    const network = await client.call('getNetwork', {}, context.signal);
    const asked = args.text('stake');
    const {token, minStake} = network;
    const stake = asked === undefined ? BigInt(minStake) : parseAmount(asked, token);
    const signer = signerOf(await loadIdentity(file, args, context));
    const owner = addressOf(signer.publicKey);
    const chain = chainRefOf(network);
    const value = acceptRegistrationRequest(request, {chain, owner, stake});
    const body = {type: 'registerServiceNode', value} as const;
    const facts = {nodeId: nodeIdToString(value.nodeId), stake};
    const done = `${facts.nodeId} registered with ${formatAmount(stake, token)}`;
    await sendAndPrint({args, context, client, network}, {signer, body}, done, facts);
  },
};
