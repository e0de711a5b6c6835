import {resolve} from 'node:path';
import {formatAmount} from '../../client/amounts.ts';
import {
  type CheckedBondReport,
  compareBondReport,
  createBondReport,
  readBondReport,
} from '../../client/bond-report.ts';
import {addressToString, idFromString, idToString, nodeIdToString} from '../../crypto/ids.ts';
import {initCrypto} from '../../crypto/init.ts';
import {writeFileAtomic} from '../../daemon/files.ts';
import {bytesToHex, hexToBytes, toChainId, utf8ToBytes} from '../../protocol/bytes.ts';
import {SignedBondReport} from '../../protocol/chain/bond-report.ts';
import type {Token} from '../../protocol/chain/rules.ts';
import {encode} from '../../protocol/codec.ts';
import type {Arguments} from '../arguments.ts';
import {connect, RPC_HELP, RPC_OPTION} from '../chain.ts';
import type {CliContext, Command} from '../command.ts';
import {usageError} from '../errors.ts';
import {readGivenFile} from '../given-file.ts';
import {KEY_HELP, KEY_OPTIONS, loadIdentity, signerOf} from '../keys.ts';
import {fields, JSON_OPTION, print} from '../output.ts';
import {readAs} from '../read-as.ts';
import {wordAs} from '../word-as.ts';

const REPORT_FILE_MODE = 0o644;

function viewOf({report, address, nodeId}: CheckedBondReport) {
  const {message} = report;
  return {
    networkId: report.networkId,
    chainId: idToString(report.chainId),
    blockId: idToString(report.blockId),
    height: message.height.toString(),
    epoch: message.epoch.toString(),
    timestampMs: Number(report.timestampMs),
    stateRoot: `0x${bytesToHex(message.stateRoot)}`,
    destination: idToString(message.destination),
    totalBonded: message.totalBonded.toString(),
    unbonding: report.unbonding.toString(),
    totalSlashed: message.totalSlashed.toString(),
    burned: report.burned.toString(),
    activeNodes: message.activeNodes,
    account: addressToString(address),
    nodeId: nodeIdToString(nodeId),
  };
}

function toText(view: ReturnType<typeof viewOf>, token: Token | undefined, root: string): string {
  const amount = (units: string): string =>
    token === undefined ? `${units} base units` : formatAmount(BigInt(units), token);
  return fields([
    ['bonded', amount(view.totalBonded)],
    ['unbonding', amount(view.unbonding)],
    ['slashed', `${amount(view.totalSlashed)}; burned with fees ${amount(view.burned)}`],
    ['nodes', String(view.activeNodes)],
    ['chain', `${view.chainId} (network ${view.networkId})`],
    ['block', `${view.blockId}, height ${view.height}, epoch ${view.epoch}`],
    ['time', new Date(view.timestampMs).toISOString()],
    ['state root', `${view.stateRoot}: ${root}`],
    ['signed by', `account ${view.account}, as a node ${view.nodeId}`],
  ]);
}

async function create(args: Arguments, context: CliContext): Promise<void> {
  const file = args.required('key');
  const signer = signerOf(await loadIdentity(resolve(file), args, context));
  const to = args.text('to');
  const destination =
    to === undefined ? {} : {destination: wordAs(to, (word) => toChainId(idFromString(word)))};
  const client = connect(args, context);
  const signed = await createBondReport(client, {signer, ...destination}, context.signal);
  const report = encode(SignedBondReport, signed);
  const text = `0x${bytesToHex(report)}`;
  const out = args.text('out');
  if (out !== undefined) {
    const options = {mode: REPORT_FILE_MODE, overwrite: args.flag('force')};
    await writeFileAtomic(resolve(out), utf8ToBytes(`${text}\n`), options);
  }
  const {token} = await client.call('getNetwork', {}, context.signal);
  const view = viewOf(readBondReport(report));
  await print(context, args, {...view, report: text}, () => {
    const shown = toText(view, token, 'the proofs hold');
    return out === undefined ? `${shown}\n${text}` : shown;
  });
}

async function check(file: string, args: Arguments, context: CliContext): Promise<void> {
  const text = new TextDecoder().decode(await readGivenFile(resolve(file), context.signal)).trim();
  const checked = readAs({path: file, expected: 'a bond report'}, () =>
    readBondReport(hexToBytes(text)),
  );
  const isAsked = (args.text('rpc') ?? context.env['SESSIONVM_RPC'] ?? '') !== '';
  let token: Token | undefined;
  if (isAsked) {
    const client = connect(args, context);
    await compareBondReport(client, checked.report, context.signal);
    ({token} = await client.call('getNetwork', {}, context.signal));
  }
  const view = viewOf(checked);
  const root = isAsked
    ? 'the chain that was asked has it'
    : 'not compared with a chain (say --rpc)';
  await print(context, args, {...view, rootCompared: isAsked}, () => toText(view, token, root));
}

export const command: Command = {
  usage: 'bond-report --key FILE [--out FILE] [--rpc URL] | bond-report check FILE [--rpc URL]',
  help: `Signs what is bonded after the chain's last block, for whoever watches stake from elsewhere: the sums,
their proofs against the block's state root, and the signature of an account or a node.

check FILE  checks signature and proofs; with --rpc also that the chain has that block
--out FILE  writes the report; --force replaces a file
--to CHAIN  for this chain alone; for everybody unless said
--json      the same as JSON, with the report
${KEY_HELP}
${RPC_HELP}

example: sessionvm bond-report --key ~/.sessionvm/owner.key --out bond.txt`,
  options: {
    ...RPC_OPTION,
    ...JSON_OPTION,
    ...KEY_OPTIONS,
    out: {type: 'string'},
    to: {type: 'string'},
    force: {type: 'boolean'},
  },
  positionals: [0, 2],
  async run(args, context) {
    await initCrypto();
    const [what, file] = args.positionals;
    if (what === undefined) return create(args, context);
    if (what === 'check' && file !== undefined) {
      args.takesOnly('bond-report check', Object.keys({...RPC_OPTION, ...JSON_OPTION}));
      return check(file, args, context);
    }
    throw usageError('say bond-report, or bond-report check FILE');
  },
};
