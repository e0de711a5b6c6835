import {resolve} from 'node:path';
import {nodeIdFromString, nodeIdToString} from '../../crypto/ids.ts';
import {connect, RPC_HELP, RPC_OPTION} from '../chain.ts';
import type {Command} from '../command.ts';
import {KEY_HELP, KEY_OPTIONS, loadIdentity, signerOf} from '../keys.ts';
import {JSON_OPTION} from '../output.ts';
import {SEND_HELP, SEND_OPTIONS, sendAndPrint} from '../send-tx.ts';
import {wordAs} from '../word-as.ts';

export const command: Command = {
  usage: 'deregister NODEID --key FILE [--rpc URL] [--no-wait] [--json]',
  help: `Takes a service node out of duty, signed by its owner account's key. Its duties go on until it is
retired, 24 epochs later; keep it running until then. The stake is free after the unbonding time.

${KEY_HELP}
${SEND_HELP}
${RPC_HELP}

example: sessionvm deregister NodeID-… --key ~/.sessionvm/owner.key`,
  options: {...RPC_OPTION, ...JSON_OPTION, ...KEY_OPTIONS, ...SEND_OPTIONS},
  positionals: [1, 1],
  async run(args, context) {
    const nodeId = wordAs(args.at(0), nodeIdFromString);
    const file = resolve(args.required('key'));
    const client = connect(args, context);
    const network = await client.call('getNetwork', {}, context.signal);
    const signer = signerOf(await loadIdentity(file, args, context));
    const body = {type: 'deregisterServiceNode', value: {nodeId}} as const;
    const facts = {nodeId: nodeIdToString(nodeId)};
    const done = `${facts.nodeId} is leaving`;
    await sendAndPrint({args, context, client, network}, {signer, body}, done, facts);
  },
};
